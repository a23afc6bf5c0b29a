// Who is told what after a commit. Nobody hears of a change that lies before their membership, and of a
// message that they may not see a member hears only that its number has moved on (SYNC-8, MEM-3).
// The log decides when; this decides to whom.
import {
  hideMessage,
  type ConversationId,
  type Message,
  type MessageOf,
  type SystemBody,
  type UserId,
} from '@palabre/protocol'
import type { MembersView } from '../store/port/members.ts'
import type { Store } from '../store/port/store.ts'
import type { Assembly } from './assembly.ts'
import type { Fanout } from './fanout.ts'
import type { Marks } from './marks.ts'
import { changesMembership, type Memberships } from './memberships.ts'
import { isVisible } from './visibility.ts'

export interface Teller {
  /** `unseen`: who has cleared it away, or deleted it for themselves. */
  message(
    event: 'receive_message' | 'message_updated',
    view: MembersView,
    message: Message,
    unseen?: ReadonlyMap<UserId, 'cleared' | 'hidden'>,
  ): void
  /** A committed system message; the view in memory follows it already. */
  system(message: MessageOf<'system'>): Promise<void>
  created(conversationId: ConversationId): Promise<void>
}

/** The latest place at which any member joined: for newer messages nobody has to be looked at. */
interface Newest {
  joinedSeq: number
  joinedRev: number
}

export function createTeller(parts: {
  store: Pick<Store, 'conversations'>
  memberships: Memberships
  marks: Marks
  assembly: Assembly
  fanout: Fanout
  now(): number
}): Teller {
  const { store, memberships, marks, assembly, fanout } = parts
  const newestOf = new WeakMap<MembersView, Newest>()

  function newest(view: MembersView): Newest {
    const known = newestOf.get(view)
    if (known !== undefined) return known
    const found = { joinedSeq: 0, joinedRev: 0 }
    for (const member of view.members.values()) {
      found.joinedSeq = Math.max(found.joinedSeq, member.joinedSeq)
      found.joinedRev = Math.max(found.joinedRev, member.joinedRev)
    }
    newestOf.set(view, found)
    return found
  }

  function message(
    event: 'receive_message' | 'message_updated',
    view: MembersView,
    changed: Message,
    unseen: ReadonlyMap<UserId, 'cleared' | 'hidden'> = new Map(),
  ) {
    const { conversationId, rev } = changed
    const last = newest(view)
    if (unseen.size === 0 && changed.seq >= last.joinedSeq && rev >= last.joinedRev) {
      fanout.toConversation(conversationId, view.membersRev, event, { conversationId, rev, message: changed })
      return
    }
    const except: UserId[] = []
    for (const member of view.members.values()) {
      const isGone = unseen.get(member.userId)
      const isOthers = isVisible(member, changed, parts.now()) && rev >= member.joinedRev
      if (isOthers && isGone === undefined) continue
      except.push(member.userId)
      if (rev < member.joinedRev) continue
      // Who has deleted it for themselves holds its place: with its new rev, for the digests (KEEP-8).
      const place = isOthers && isGone === 'hidden' ? { message: hideMessage(changed) } : {}
      fanout.toUser(member.userId, 'message_updated', { conversationId, rev, ...place })
    }
    fanout.toConversation(
      conversationId,
      view.membersRev,
      event,
      { conversationId, rev, message: changed },
      { except },
    )
  }

  async function welcome(conversationId: ConversationId, userIds: UserId[]) {
    const [row, view] = await Promise.all([
      store.conversations.byId(conversationId),
      memberships.view(conversationId),
    ])
    if (row === null || view === null) return
    const members = userIds.map((id) => view.members.get(id)).filter((member) => member !== undefined)
    const conversations = await assembly.forMembers(row, members)
    // Who has been removed meanwhile hears of that next; they must not be let in again by this.
    const now = memberships.current(conversationId) ?? (await memberships.view(conversationId))
    for (const [userId, conversation] of conversations) {
      if (now?.members.get(userId)?.joinedRev !== conversation.me.joinedRev) continue
      fanout.join(userId, conversationId)
      fanout.toUser(userId, 'conversation_added', { conversation })
    }
  }

  return {
    message,
    async system(changed) {
      const { conversationId, rev, body } = changed
      for (const userId of leavers(body)) {
        fanout.leave(userId, conversationId)
        fanout.toUser(userId, 'conversation_removed', { conversationId })
      }
      const [row, view] = await Promise.all([
        store.conversations.byId(conversationId),
        memberships.view(conversationId),
      ])
      if (row === null || view === null) return
      const { shared, apart } = await assembly.header(row, view.members)
      const added = body.event === 'members_added' ? body.userIds : []
      const unaware = [...view.members.values()].filter((member) => member.joinedRev > rev)
      const except = [...new Set([...added, ...unaware.map((member) => member.userId)])]
      const data = { conversationId, rev, conversation: shared, message: changed }
      const options = { except: [...except, ...apart.keys()] }
      fanout.toConversation(conversationId, view.membersRev, 'conversation_updated', data, options)
      for (const [userId, conversation] of apart)
        if (!except.includes(userId)) fanout.toUser(userId, 'conversation_updated', { ...data, conversation })
      await welcome(conversationId, added)
      if (changesMembership(body)) marks.membersChanged(conversationId)
    },
    async created(conversationId) {
      const view = await memberships.view(conversationId)
      if (view !== null) await welcome(conversationId, [...view.members.keys()])
    },
  }
}

function leavers(body: SystemBody): UserId[] {
  return body.event === 'member_removed' || body.event === 'member_left' ? [body.userId] : []
}
