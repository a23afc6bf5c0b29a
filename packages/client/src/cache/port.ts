// Port: what a device keeps between two starts. One adapter for browsers, one in memory, one contract.
// Data and cursor always move in one transaction (SYNC-2); an outbox entry is durable when the call that keeps it
// resolves (OUT-1).
import type {
  AccountEntry,
  Conversation,
  ConversationId,
  InputOf,
  MediaId,
  Message,
  MessageId,
  UploadPurpose,
  User,
} from '@palabre/protocol'

/** A conversation as this device holds it: one contiguous window up to the newest message, and a cursor. */
export interface CachedConversation {
  id: ConversationId
  conversation: Conversation
  /** The last `rev` that this device holds entirely. */
  cursor: number
  /** There are older messages on the server. */
  hasBefore: boolean
}

export type OutboxOperation =
  | { name: 'sendMessage'; input: InputOf<'sendMessage'> }
  | { name: 'editMessage'; input: Omit<InputOf<'editMessage'>, 'bodyRev'> & { bodyRev: number | null } }
  | { name: 'deleteMessage'; input: InputOf<'deleteMessage'> }
  | { name: 'react'; input: InputOf<'react'> }
  | { name: 'votePoll'; input: InputOf<'votePoll'> }
  | { name: 'closePoll'; input: InputOf<'closePoll'> }
  | { name: 'keep'; input: InputOf<'keep'> }

/** A file of a message that waits. Its bytes are `Cache.file`, by their place in the entry. */
export interface PendingUpload {
  /** Made here, so that the message can name it before the server has seen a byte (MED-3). */
  readonly id: MediaId
  readonly purpose: UploadPurpose
  readonly name: string
  readonly bytes: number
  /** As this device sees it; the server looks for itself. */
  readonly contentType: string
  /** Where the server takes the bytes; null: not begun. Kept, so that a reload goes on instead of starting over. */
  readonly url: string | null
  /** The server has it all. */
  readonly isDone: boolean
}

/** One operation that is not acknowledged yet. `order` grows over the whole outbox. */
export interface OutboxEntry {
  order: number
  conversationId: ConversationId
  messageId: MessageId
  operation: OutboxOperation
  queuedAt: number
  /** Durable before the first attempt (OUT-4). */
  wasAttempted: boolean
  /** Refused for good: stays until retried or discarded. */
  failed: string | null
  /** Files that go up before it (OUT-6): the one that it shows, then its poster. */
  uploads?: readonly PendingUpload[]
}

export interface CacheMeta {
  epoch: string | null
  accountRev: number
  profilesRev: number | null
}

/** Everything in it happens, or nothing. */
export interface CacheWrite {
  meta?: Partial<CacheMeta>
  conversations?: CachedConversation[]
  /** Replaced by id. */
  messages?: Message[]
  /** These conversations' messages are dropped before `messages` are put. */
  dropMessagesOf?: ConversationId[]
  /** The conversation, its messages, its draft; its outbox stays. */
  removeConversations?: ConversationId[]
  users?: User[]
  account?: AccountEntry[]
  /** Before anything else: all but the outbox and drafts (another epoch, SYNC-7). */
  clear?: boolean
  removeEntries?: number[]
}

/**
 * Why what is written is not kept: the cache does not tell; the browser refuses storage, has no room left, took the
 * database away, or holds one of a newer layout.
 */
export type StorageTrouble = 'untold' | 'refused' | 'full' | 'lost' | 'outdated'

/** Whether what a person writes here outlives the page. */
export type StorageState = { name: 'durable' } | { name: 'memory'; because: StorageTrouble }

export interface CacheContent {
  meta: CacheMeta
  conversations: CachedConversation[]
  users: User[]
  account: AccountEntry[]
  outbox: OutboxEntry[]
  drafts: Map<ConversationId, string>
  /** Marks that the server has not acknowledged yet. */
  pendingMarks: Map<ConversationId, { deliveredSeq: number; readSeq: number }>
}

export interface Cache {
  read(): Promise<CacheContent>
  /** The newest `limit` below `before` (or of all), in seq order. */
  messages(id: ConversationId, before: number | null, limit: number): Promise<Message[]>
  write(write: CacheWrite): Promise<void>
  /**
   * Durable when it resolves, as what `putEntry` puts. Answers its place, taken in the same transaction: above every
   * entry that is held, and at least `least`. Two tabs that add at once never get the same one. `files`: the bytes of
   * its uploads, kept with it and gone with it.
   */
  addEntry(entry: Omit<OutboxEntry, 'order'>, least: number, files?: readonly Blob[]): Promise<number>
  /** The bytes of one upload of an entry; null: there are none. */
  file(order: number, index: number): Promise<Blob | null>
  /** The whole outbox as it is kept, in order: another tab may have added to it. Absent: none can. */
  entries?(): Promise<OutboxEntry[]>
  /** Replaces the entry of that place; its files stay, unless others are given. */
  putEntry(entry: OutboxEntry, files?: readonly Blob[]): Promise<void>
  removeEntry(order: number): Promise<void>
  /** Empty: taken away. */
  putDraft(id: ConversationId, text: string): Promise<void>
  putPendingMarks(id: ConversationId, marks: { deliveredSeq: number; readSeq: number } | null): Promise<void>
  close(): Promise<void>
  /** Deletes it all, and closes. */
  destroy(): Promise<void>
  /** Tells how it stands, at once and at every change. Absent: the cache does not know. */
  onStorage?(listener: (state: StorageState) => void): void
  /** All that was written is where another tab finds it. Absent: it always is. */
  isLevel?(): boolean
  /** Gives the whole of what came from the server, for when the storage works again after it did not. */
  renewFrom?(whole: () => CacheWrite): void
}
