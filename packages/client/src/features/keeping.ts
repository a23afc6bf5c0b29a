// Changing what one keeps for oneself: each change is durable in the outbox, shown at once, and sent when there is a
// connection. Of several changes of one thing only the last one waits. Reading it is `sync/kept.ts`.
import { v7 } from 'uuid'
import {
  keyOfChange,
  limits,
  type ConversationId,
  type InputOf,
  type KeepChange,
  type MessageId,
} from '@palabre/protocol'
import type { Client } from '../api.ts'
import type { Engine } from '../engine.ts'
import { keepingLane, type KeptView } from '../sync/kept.ts'

/** A pause in writing after which a draft goes to the other devices. */
const DRAFT_WAIT_MS = 1_500

const noDraft = { text: '', replyTo: null }

export interface Keeping {
  readonly api: Client['keeping']
  readonly privacy: Client['privacy']
  /** What was read is not marked unread any more. */
  read(id: ConversationId): void
  draftOf(id: ConversationId): { draft: string; draftReplyTo: MessageId | null }
  setDraft(id: ConversationId, text: string, replyTo?: MessageId | null): void
  /** Drafts that an earlier start kept on this device alone. */
  connected(): void
  disconnected(): void
}

export function createKeeping(engine: Engine, kept: KeptView): Keeping {
  const { replica, outbox, connection } = engine
  const timers = new Map<ConversationId, ReturnType<typeof setTimeout>>()
  /** What is being written here, until it is where it goes to the other devices. */
  const writing = new Map<ConversationId, { text: string; replyTo: MessageId | null }>()

  async function change(given: InputOf<'keep'>['change']): Promise<void> {
    engine.me()
    const key = keyOfChange(given as KeepChange) as MessageId
    const before = outbox
      .entriesOf(keepingLane)
      .filter((entry) => entry.messageId === key && !entry.wasAttempted)
    await outbox.add(keepingLane, key, { name: 'keep', input: { change: given } })
    await outbox.supersede(keepingLane, before)
  }

  const lastSeq = (id: ConversationId) => replica.timelines.get(id)?.conversation.lastSeq ?? 0
  const at = () => engine.now()

  function draftOf(id: ConversationId): { text: string; replyTo: MessageId | null } {
    const local = replica.drafts.get(id)
    if (local !== undefined) return { text: local, replyTo: writing.get(id)?.replyTo ?? null }
    return writing.get(id) ?? kept.draft(id) ?? noDraft
  }

  /** What was written here goes to the other devices, and from then on lives with them. */
  async function pushDraft(conversationId: ConversationId): Promise<void> {
    clearTimeout(timers.get(conversationId))
    timers.delete(conversationId)
    const mine = draftOf(conversationId)
    const there = kept.draft(conversationId) ?? noDraft
    const text = mine.text.slice(0, limits.textLength)
    if (text !== there.text || mine.replyTo !== there.replyTo)
      await change({ keep: 'draft', conversationId, at: at(), text, replyTo: mine.replyTo })
    if (timers.has(conversationId)) return
    writing.delete(conversationId)
    if (replica.drafts.has(conversationId)) replica.setDraft(conversationId, '')
  }

  return {
    read(id) {
      if (kept.of(id).isMarkedUnread) void this.api.markUnread(id, false).catch(() => undefined)
    },

    draftOf(id) {
      const { text, replyTo } = draftOf(id)
      return { draft: text, draftReplyTo: replyTo }
    },

    setDraft(id, text, replyTo = null) {
      writing.set(id, { text, replyTo })
      if ((replica.drafts.get(id) ?? '') !== text) replica.setDraft(id, text)
      clearTimeout(timers.get(id))
      // What was sent must not stand on another device as if it had not been.
      if (text === '' && replyTo === null) void pushDraft(id).catch(() => undefined)
      else
        timers.set(
          id,
          setTimeout(() => void pushDraft(id).catch(() => undefined), DRAFT_WAIT_MS),
        )
    },

    connected() {
      for (const id of replica.drafts.keys()) if (!timers.has(id)) void pushDraft(id).catch(() => undefined)
    },

    disconnected() {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },

    privacy: {
      rules: kept.rules,
      block: (userId, isBlocked) => change({ keep: 'block', userId, at: at(), isBlocked }),
      choose: (matter, who) => change({ keep: 'privacy', at: at(), matter, who }),
      accept: (userId) => change({ keep: 'accept', userId, at: at() }),
      readNotice: (id) => change({ keep: 'notice', id, at: at() }),
    },

    api: {
      pin: (conversationId, isPinned) => change({ keep: 'pin', conversationId, at: at(), isPinned }),
      mute: (conversationId, mutedUntil) => change({ keep: 'mute', conversationId, at: at(), mutedUntil }),
      archive: (conversationId, isArchived) =>
        change({
          keep: 'archive',
          conversationId,
          at: at(),
          seq: isArchived ? lastSeq(conversationId) : null,
        }),
      markUnread: (conversationId, isMarkedUnread) =>
        change({ keep: 'unread', conversationId, at: at(), isMarkedUnread }),
      clear: (conversationId) =>
        change({ keep: 'clear', conversationId, at: at(), seq: lastSeq(conversationId), isDeleted: false }),
      deleteConversation: (conversationId) =>
        change({ keep: 'clear', conversationId, at: at(), seq: lastSeq(conversationId), isDeleted: true }),
      star: (conversationId, id, isStarred) =>
        change({ keep: 'star', conversationId, id, at: at(), isStarred }),
      hide: (conversationId, id) => change({ keep: 'hide', conversationId, id, at: at() }),
      async schedule(conversationId, messageId, message) {
        const id = messageId ?? (v7() as MessageId)
        await change({
          keep: 'schedule',
          conversationId,
          id,
          at: at(),
          message: message && { ...message, mentions: [...message.mentions] },
        })
        return id
      },
      scheduled: kept.scheduled,
      name: (userId, name) => change({ keep: 'name', userId, at: at(), name }),
      nameOf: (userId) => {
        const entry = replica.users.get(userId)
        const named = entry && kept.named(entry)
        return named && named !== entry ? named.displayName : null
      },
      isStarred: kept.isStarred,
      stars: kept.stars,
      starred: (cursor) => connection.call('listStarred', cursor === null ? {} : { cursor }),
    },
  }
}
