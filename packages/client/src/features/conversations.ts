// Conversations: the list and its rows, opening and changing them, drafts, who is typing.
// The views are computed when looked at; what changes a group goes straight to the server, not through the outbox.
import { v7 } from 'uuid'
import {
  archivedAt,
  isDeletedAt,
  limits,
  type Conversation,
  type ConversationId,
  type EventData,
  type Kept,
  type Message,
  type User,
  type UserId,
} from '@palabre/protocol'
import type { Client, ConversationListView, ConversationView, ShownMessage } from '../api.ts'
import type { Engine } from '../engine.ts'
import { createDerived, type Derived } from '../observable.ts'
import { overlay } from '../outbox/overlay.ts'
import { mentionsOf, unreadOf } from '../sync/timeline.ts'
import { lastShown } from '../sync/unseen.ts'

export interface Conversations {
  readonly api: Omit<Client['conversations'], 'history' | 'setDraft'>
  /** Null: any of them. */
  changed(id: ConversationId | null): void
  /** These people's names may be in any row. */
  usersChanged(ids: ReadonlySet<UserId>): void
  typing(data: EventData<'typing'>): void
  /** Who sent something is not typing any more. */
  seen(messages: readonly Message[]): void
  /** Nobody is known to be typing. */
  disconnected(): void
}

function pinnedAt({ conversation }: ConversationView): number {
  return conversation.me.pinnedAt ?? 0
}

type Timer = ReturnType<typeof setTimeout>
type Typists = Map<UserId, Timer>

/** `draftOf`: as it stands on this device. */
export function createConversations(
  engine: Engine,
  draftOf: (id: ConversationId) => Pick<ConversationView, 'draft' | 'draftReplyTo'>,
): Conversations {
  const { replica, outbox, connection, kept } = engine
  const rows = new Map<ConversationId, Derived<ConversationView | null>>()
  const typists = new Map<ConversationId, Typists>()
  let notes = 'Notes'
  const list = createDerived(listView)

  function row(id: ConversationId): Derived<ConversationView | null> {
    const held = rows.get(id)
    if (held) return held
    const made = createDerived(() => rowView(id))
    rows.set(id, made)
    return made
  }

  function listView(): ConversationListView {
    const conversations: ConversationView[] = []
    for (const id of replica.timelines.keys()) {
      const view = row(id).get()
      // Deleted, and nothing was said since: it is there for who opens it, and in no list.
      const isGone = view && !view.last?.isPending && isDeletedAt(kept.of(id), view.conversation.lastSeq)
      if (view && !isGone) conversations.push(view)
    }
    conversations.sort(
      (a, b) =>
        pinnedAt(b) - pinnedAt(a) ||
        b.activeAt - a.activeAt ||
        (a.conversation.id < b.conversation.id ? 1 : -1),
    )
    return { conversations, isLoaded: replica.meta.epoch !== null }
  }

  function rowView(id: ConversationId): ConversationView | null {
    const timeline = replica.timelines.get(id)
    const me = replica.me()
    if (!timeline || !me) return null
    const conversation = withProfiles(timeline.conversation)
    const entries = outbox.entriesOf(id)
    const other = otherOf(conversation, me.id)
    const isNotes = conversation.kind === 'direct' && conversation.memberCount === 1
    const own = kept.of(id)
    const newest = lastShown(timeline.messages, conversation.lastMessage, own)
    const last = lastOf(newest, conversation, me.id)
    const readSeq = Math.max(replica.pendingReads.get(id) ?? 0, own.clearedSeq)
    return {
      conversation: { ...conversation, me: { ...conversation.me, ...meOf(own, conversation) } },
      title: isNotes ? notes : (other?.displayName ?? conversation.title ?? ''),
      other,
      isNotes,
      unread: unreadOf(timeline, me.id, readSeq, own.hidden),
      mentions: mentionsOf(timeline, readSeq),
      last,
      activeAt: last?.message.createdAt ?? conversation.createdAt,
      typing: [...(typists.get(id)?.keys() ?? [])],
      ...draftOf(id),
      askers: conversation.me.role === 'member' ? 0 : own.askers,
      failed: entries.filter((entry) => entry.failed !== null && entry.operation.name === 'sendMessage')
        .length,
    }
  }

  function meOf(own: Kept, { lastSeq, me }: Conversation) {
    return {
      mutedUntil: own.mutedUntil,
      pinnedAt: own.pinnedAt,
      archivedAt: archivedAt(own, lastSeq, engine.now()),
      markedUnread: own.isMarkedUnread,
      clearedSeq: Math.max(me.clearedSeq, own.clearedSeq),
    }
  }

  /** The header's members are as old as its last change; profiles change on their own. */
  function withProfiles(conversation: Conversation): Conversation {
    const isBehind = conversation.members.some(({ user }) => profileOf(user) !== user)
    if (!isBehind) return conversation
    const members = conversation.members.map((member) => ({ ...member, user: profileOf(member.user) }))
    return { ...conversation, members }
  }

  function profileOf(user: User): User {
    const known = replica.users.get(user.id)
    return kept.named(known && known.rev > user.rev ? known : user)
  }

  function otherOf(conversation: Conversation, me: UserId): User | null {
    if (conversation.kind !== 'direct') return null
    return conversation.members.find(({ user }) => user.id !== me)?.user ?? null
  }

  function lastOf(newest: Message | null, conversation: Conversation, me: UserId): ShownMessage | null {
    const shown = overlay({
      messages: newest ? [newest] : [],
      conversation,
      // An entry whose message is in the log, but is not the newest, is no pending message here.
      entries: outbox
        .entriesOf(conversation.id)
        .filter((entry) => entry.acked === null || entry.acked.seq >= (newest?.seq ?? 0)),
      me,
      isOnline: engine.isOnline(),
      now: engine.serverNow(),
    })
    return shown.at(-1) ?? null
  }

  function changed(id: ConversationId | null): void {
    if (id === null) for (const each of rows.values()) each.invalidate()
    else row(id).invalidate()
    list.invalidate()
  }

  function stopTyping(id: ConversationId, userId: UserId): void {
    const here = typists.get(id)
    clearTimeout(here?.get(userId))
    if (here?.delete(userId)) changed(id)
  }

  /** It is mine now: shows it even where no event comes (no socket, or one that is late). */
  async function learn(id: ConversationId): Promise<void> {
    if (!replica.timelines.has(id)) await engine.sync.request([id])
  }

  /** The answer carries the new head; the event brings the change itself, or the sync that notices. */
  async function level(conversation: Conversation): Promise<void> {
    const cursor = replica.timelines.get(conversation.id)?.cursor ?? 0
    if (cursor < conversation.rev && !connection.isConnected()) await engine.sync.request([conversation.id])
  }

  return {
    changed,

    usersChanged(ids) {
      for (const { conversation } of replica.timelines.values())
        if (conversation.members.some(({ user }) => ids.has(user.id))) changed(conversation.id)
    },

    typing({ conversationId, userId, state }) {
      if (userId === replica.me()?.id) return
      if (state === 'idle') {
        stopTyping(conversationId, userId)
        return
      }
      const here = typists.get(conversationId) ?? new Map<UserId, Timer>()
      const isNew = !here.has(userId)
      clearTimeout(here.get(userId))
      typists.set(conversationId, here)
      here.set(
        userId,
        setTimeout(() => stopTyping(conversationId, userId), limits.typingMs),
      )
      if (isNew) changed(conversationId)
    },

    seen(messages) {
      for (const message of messages) stopTyping(message.conversationId, message.senderId)
    },

    disconnected() {
      for (const [id, here] of typists) for (const userId of [...here.keys()]) stopTyping(id, userId)
    },

    api: {
      list,
      one: row,

      nameNotes(title) {
        notes = title
        changed(null)
      },

      async openDirect(userId) {
        const { conversation } = await connection.call('createConversation', { kind: 'direct', userId })
        await learn(conversation.id)
        return conversation.id
      },

      async createGroup({ title, memberIds }) {
        const { conversation } = await connection.call('createConversation', {
          kind: 'group',
          title,
          memberIds,
          opId: v7(),
        })
        await learn(conversation.id)
        return conversation.id
      },

      async update(conversationId, input) {
        await level((await connection.call('updateConversation', { conversationId, ...input })).conversation)
      },

      async setTimer(conversationId, expireAfterMs) {
        await level((await connection.call('setTimer', { conversationId, expireAfterMs })).conversation)
      },

      async pin(conversationId, id, forMs) {
        await level((await connection.call('pinMessage', { conversationId, id, forMs })).conversation)
      },

      async unpin(conversationId, id) {
        await level((await connection.call('unpinMessage', { conversationId, id })).conversation)
      },

      async members(conversationId, { offset, limit }) {
        const page = await connection.call('listMembers', { conversationId, offset, limit })
        replica.putUsers(page.members.map((member) => member.user))
        return page
      },

      async addMembers(conversationId, userIds) {
        await level((await connection.call('addMembers', { conversationId, userIds })).conversation)
      },

      async changeRole(conversationId, userId, role) {
        await level((await connection.call('changeRole', { conversationId, userId, role })).conversation)
      },

      async removeMember(conversationId, userId) {
        await connection.call('removeMember', { conversationId, userId })
        if (!connection.isConnected()) await engine.sync.request([conversationId])
      },

      async leave(conversationId, heirId) {
        const userId = engine.me()
        await connection.call('removeMember', { conversationId, userId, ...(heirId && { heirId }) })
        // The ack of one's own leaving drops it at once (MEM-3).
        if (replica.timelines.has(conversationId)) replica.remove([conversationId])
      },
    },
  }
}
