// The one write path: store, then tell (LOG-1). Whatever changes a conversation comes by here, so that no
// feature can forget an event, send it before the commit, or send it to the wrong people.
// Keeps LOG-2 (a repeat is told again), SYNC-8 and MEM-3 (who may see what), MEM-2 (who was removed hears
// nothing that was committed afterwards). Revs are told in their order (`order.ts`): at once when nothing
// has to be read, else one after another (`line.ts`).
import { hash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import {
  MessageId,
  PalabreError,
  isSilenced,
  type ConversationId,
  type Message,
  type MessageOf,
  type OpId,
  type Role,
  type UserId,
} from '@palabre/protocol'
import type { Created } from '../store/port/conversations.ts'
import type { Alter, Appended, NewMessage } from '../store/port/log.ts'
import type { Store } from '../store/port/store.ts'
import { keptBy } from './keeping.ts'
import { createLine } from './line.ts'
import type { Memberships } from './memberships.ts'
import { createOrder } from './order.ts'
import type { Teller } from './teller.ts'

/** Who writes; a handler's context is one. */
export interface Writer {
  userId: UserId
  now(): number
}

export interface Draft {
  conversationId: ConversationId
  /** The client's; a system message gets one from the server. */
  id?: MessageId
  content: NewMessage['content']
  /** The body as the sender gave it, where the server has completed it: what a repeat is known by (LOG-2). */
  asSent?: object
  requires?: Role
  replyTo?: MessageId | null
  mentions?: UserId[]
  /** Not everybody may be told: who has blocked the sender is not (BLK-2). */
  isPerhapsUnseen?: boolean
  /** How often it was forwarded; 0: not. */
  hops?: number
  sentAt?: number
}

export interface Log {
  /** Stores a message, then tells the members. What it throws is the store's (`LogStore.append`). */
  append(ctx: Writer, draft: Draft): Promise<Appended>
  /** Alters a message, then tells the members; answers it as it is now (`LogStore.change`). */
  change(
    ctx: Writer,
    target: { conversationId: ConversationId; id: MessageId; opId?: OpId | undefined; movesBody?: boolean },
    alter: Alter,
  ): Promise<Message>
  /** As `change`, by the server itself: nobody's rights are asked (DIS-3). */
  expire(target: { conversationId: ConversationId; id: MessageId }, alter: Alter): Promise<void>
  /** Tells the members of a conversation that the store has just made. */
  created(created: Created): Promise<void>
  /** Resolves when everything committed so far has been told. */
  drained(): Promise<void>
}

export interface LogParts {
  store: Pick<Store, 'account' | 'log'>
  memberships: Memberships
  teller: Teller
  /** A message that people wrote has been committed here, and nowhere else: who is not looking is told (PUSH-1). */
  onStored?: (message: Message) => void
  /** An event could not be told: the commit stands, and `sync` brings it (P5). */
  onError(error: unknown): void
}

export function createLog(parts: LogParts): Log {
  const { store, memberships, teller } = parts
  const order = createOrder()
  const line = createLine(parts.onError)

  /** Without a wait where the members that the commit knew are in memory and nothing else must be read (MEM-1). */
  function tellNew(message: Message, membersRev: number) {
    const { conversationId } = message
    const view = line.isFree(conversationId) ? memberships.known(conversationId) : null
    if (view !== null && view.membersRev >= membersRev)
      return teller.message('receive_message', view, message)
    void line.add(conversationId, () => tellSeen('receive_message', message, membersRev, new Map()))
  }

  /** Of a message that was there before: some may have cleared it away, or deleted it for themselves. */
  function tellAgain(event: 'receive_message' | 'message_updated', message: Message, membersRev: number) {
    void line.add(message.conversationId, async () =>
      tellSeen(event, message, membersRev, await store.account.unseenBy(message.conversationId, message)),
    )
  }

  async function tellSeen(
    event: 'receive_message' | 'message_updated',
    message: Message,
    membersRev: number,
    unseen: ReadonlyMap<UserId, 'cleared' | 'hidden'>,
  ) {
    const { conversationId } = message
    const known = memberships.known(conversationId)
    const isEnough = known !== null && known.membersRev >= membersRev
    const members = isEnough ? known : await memberships.view(conversationId, membersRev)
    if (members !== null && members.membersRev >= membersRev) teller.message(event, members, message, unseen)
  }

  function tellSystem(message: MessageOf<'system'>) {
    // At once, not in turn: from here on access follows the new membership (MEM-2).
    memberships.apply(message)
    order.inTurn(message.conversationId, message.rev, () => {
      void line.add(message.conversationId, () => teller.system(message))
    })
  }

  return {
    async append(ctx, draft) {
      const now = ctx.now()
      const appended = await store.log.append({
        id: draft.id ?? MessageId.parse(uuidv7()),
        conversationId: draft.conversationId,
        senderId: ctx.userId,
        requires: draft.requires ?? 'member',
        content: draft.content,
        replyTo: draft.replyTo ?? null,
        mentions: draft.mentions ?? [],
        hops: draft.hops ?? 0,
        sentAt: draft.sentAt ?? now,
        createdAt: now,
        hash: hashOf(draft),
      })
      const { message, outcome, membersRev } = appended
      if (message === null || outcome === 'unchanged') return appended
      if (outcome === 'repeat') tellAgain('receive_message', message, membersRev)
      else if (message.kind === 'system') tellSystem(message)
      else {
        const tell = () => {
          if (draft.isPerhapsUnseen === true) tellAgain('receive_message', message, membersRev)
          else tellNew(message, membersRev)
        }
        order.inTurn(message.conversationId, message.rev, tell)
        parts.onStored?.(message)
      }
      return appended
    },

    async change(ctx, target, alter) {
      const { conversationId, id } = target
      const { clearedSeq, hidden, silences } = await keptBy(store, ctx.userId, conversationId)
      const seen = (message: Message) => {
        const isGone =
          message.seq <= clearedSeq || hidden.has(id) || isSilenced(silences, message, ctx.userId)
        if (isGone) throw new PalabreError('MESSAGE_NOT_FOUND')
        return message
      }
      const changed = await store.log.change(
        {
          conversationId,
          id,
          userId: ctx.userId,
          opId: target.opId ?? null,
          movesBody: target.movesBody ?? false,
        },
        (before) => alter(seen(before)),
      )
      const { message, outcome, membersRev } = changed
      const tell = () => tellAgain('message_updated', message, membersRev)
      if (outcome === 'stored') order.inTurn(conversationId, message.rev, tell)
      else if (outcome === 'repeat') tell()
      return seen(message)
    },

    async expire(target, alter) {
      const changed = await store.log.change({ ...target, userId: null, opId: null, movesBody: true }, alter)
      const { message, outcome, membersRev } = changed
      if (outcome !== 'stored') return
      order.inTurn(target.conversationId, message.rev, () =>
        tellAgain('message_updated', message, membersRev),
      )
    },

    async created(created) {
      order.begin(created.conversationId, created.message.rev)
      await line.add(created.conversationId, () => teller.created(created.conversationId))
    },

    async drained() {
      await order.settled()
      await line.drained()
    },
  }
}

/** Of the content as first sent: the same id with another content is a conflict (LOG-2). */
function hashOf(draft: Draft): string {
  const content: unknown[] = [
    draft.content.kind,
    draft.asSent ?? draft.content.body,
    draft.replyTo ?? null,
    draft.mentions ?? [],
  ]
  // Only where there is something to say: the hashes of what was stored before stay what they are.
  if (draft.hops !== undefined && draft.hops > 0) content.push(draft.hops)
  return hash('sha256', JSON.stringify(content), 'base64url')
}
