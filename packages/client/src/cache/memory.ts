// Adapter: the cache in memory, for bots and tests. Keeps to the same contract as the browser's, except
// that nothing survives the process. Closing it keeps what it holds, so that the same object may be opened
// again, as a browser opens its database again after a reload.
import type { AccountEntry, ConversationId, Message, User } from '@palabre/protocol'
import type { Cache, CachedConversation, CacheMeta, CacheWrite, OutboxEntry } from './port.ts'

type PendingMarks = { deliveredSeq: number; readSeq: number }

const noMeta: CacheMeta = { epoch: null, accountRev: 0, profilesRev: null }

/** An empty cache. What goes in and out is copied: no caller can change what is held. */
export function memoryCache(): Cache {
  let meta = { ...noMeta }
  const conversations = new Map<ConversationId, CachedConversation>()
  const messages = new Map<ConversationId, Map<number, Message>>()
  const users = new Map<string, User>()
  const account = new Map<string, AccountEntry>()
  const outbox = new Map<number, OutboxEntry>()
  const files = new Map<number, readonly Blob[]>()
  const drafts = new Map<ConversationId, string>()
  const pendingMarks = new Map<ConversationId, PendingMarks>()

  function clearSynced(): void {
    meta = { ...noMeta }
    for (const part of [conversations, messages, users, account, pendingMarks]) part.clear()
  }

  function removeConversation(id: ConversationId): void {
    for (const part of [conversations, messages, drafts, pendingMarks]) part.delete(id)
  }

  function putMessage(message: Message): void {
    const held = messages.get(message.conversationId) ?? new Map<number, Message>()
    held.set(message.seq, message)
    messages.set(message.conversationId, held)
  }

  function putAccount(entry: AccountEntry): void {
    if (entry.value === null) account.delete(entry.key)
    else account.set(entry.key, entry)
  }

  function apply(write: CacheWrite): void {
    if (write.clear === true) clearSynced()
    meta = { ...meta, ...write.meta }
    for (const id of write.removeConversations ?? []) removeConversation(id)
    for (const id of write.dropMessagesOf ?? []) messages.delete(id)
    for (const conversation of write.conversations ?? []) conversations.set(conversation.id, conversation)
    for (const message of write.messages ?? []) putMessage(message)
    for (const user of write.users ?? []) users.set(user.id, user)
    for (const entry of write.account ?? []) putAccount(entry)
    for (const order of write.removeEntries ?? []) removeEntry(order)
  }

  function removeEntry(order: number): void {
    outbox.delete(order)
    files.delete(order)
  }

  return {
    async read() {
      return structuredClone({
        meta,
        conversations: [...conversations.values()],
        users: [...users.values()],
        account: [...account.values()],
        outbox: [...outbox.values()].sort((a, b) => a.order - b.order),
        drafts,
        pendingMarks,
      })
    },
    async messages(id, before, limit) {
      const held = [...(messages.get(id)?.values() ?? [])]
        .filter((message) => before === null || message.seq < before)
        .sort((a, b) => a.seq - b.seq)
      return structuredClone(limit > 0 ? held.slice(-limit) : [])
    },
    async write(write) {
      // Copied first: what cannot be copied is refused before anything has changed.
      apply(structuredClone(write))
    },
    async addEntry(entry, least, bytes = []) {
      const order = Math.max(least, ...[...outbox.keys()].map((held) => held + 1))
      outbox.set(order, structuredClone({ ...entry, order }))
      // A Blob never changes: there is nothing to copy.
      if (bytes.length > 0) files.set(order, [...bytes])
      return order
    },
    file: async (order, index) => files.get(order)?.[index] ?? null,
    async entries() {
      return structuredClone([...outbox.values()].sort((a, b) => a.order - b.order))
    },
    async putEntry(entry, bytes) {
      outbox.set(entry.order, structuredClone(entry))
      if (bytes !== undefined) files.set(entry.order, [...bytes])
    },
    async removeEntry(order) {
      removeEntry(order)
    },
    async putDraft(id, text) {
      if (text === '') drafts.delete(id)
      else drafts.set(id, text)
    },
    async putPendingMarks(id, marks) {
      if (marks === null) pendingMarks.delete(id)
      else pendingMarks.set(id, { ...marks })
    },
    async close() {},
    async destroy() {
      clearSynced()
      outbox.clear()
      files.clear()
      drafts.clear()
    },
  }
}
