// What the outbox offers, and what it asks of those around it. No code here.
import type { AccountEntry, ConversationId, Message, MessageId, PalabreError } from '@palabre/protocol'
import type { OutboxEntry, OutboxOperation, PendingUpload } from '../cache/port.ts'
import type { Call } from '../connection/connection.ts'
import type { LiveEntry } from './overlay.ts'

/** What became of some entries, for the other tabs that show the same outbox. */
export interface OutboxChange {
  readonly put?: readonly LiveEntry[]
  readonly gone?: readonly number[]
}

export interface Outbox {
  /** Durable when it resolves, its files too; shown and sent from then on (OUT-1). */
  add(
    conversationId: ConversationId,
    messageId: MessageId,
    operation: OutboxOperation,
    files?: readonly UploadFile[],
  ): Promise<void>
  /** Of one conversation, in order; the same array until one of them changes. */
  entriesOf(id: ConversationId): readonly LiveEntry[]
  /** Of all conversations. */
  all(): readonly LiveEntry[]
  /** Entries that wait for the server. */
  waiting(): number
  /** Anything that is not acknowledged, failed ones too. */
  isEmpty(): boolean
  isReady(): boolean
  /** What became of one file of an entry; durable when it resolves. */
  keepUpload(entry: LiveEntry, index: number, change: Partial<PendingUpload>): Promise<void>
  /** A file of it was refused for good. */
  refuse(id: ConversationId, messageId: MessageId, error: PalabreError): Promise<void>
  /** Takes a message away that was never sent; false: it may have been. */
  cancel(id: ConversationId, messageId: MessageId): Promise<boolean>
  /** Others say better what these, which were never sent, were to say. */
  supersede(id: ConversationId, entries: readonly LiveEntry[]): Promise<void>
  /** Sending goes on after the first `sync` of a connection, and stops with it. */
  setReady(isReady: boolean): void
  /** These are in the log: whatever was to send them is done (OUT-1, OUT-3). */
  seen(messages: readonly Message[]): void
  /** The timeline of a conversation moved: acknowledged entries that it now shows can go. */
  caughtUp(id: ConversationId): void
  /** Revs have lost their meaning (SYNC-7): edits take their base anew. */
  forgetBases(): void
  retry(id: ConversationId, messageId: MessageId): Promise<void>
  discard(id: ConversationId, messageId: MessageId): Promise<void>
  /** What the cache holds; `shownBefore`: all that was here before it was read, if that is not the start. */
  restore(entries: readonly OutboxEntry[], shownBefore?: readonly LiveEntry[]): void
  /** Another tab says so. `isTruth`: it is the one that sends; else only what is new here counts. */
  hear(change: OutboxChange, isTruth: boolean): void
  clear(): void
}

/** A file that is to go up with a message. */
export interface UploadFile extends Pick<PendingUpload, 'id' | 'purpose' | 'name'> {
  readonly bytes: Blob
}

export interface OutboxOptions {
  call: Call
  /** Where entries are kept. */
  store: {
    /** Answers its place, at least `least`. */
    addEntry(entry: Omit<OutboxEntry, 'order'>, least: number, files: readonly Blob[]): Promise<number>
    putEntry(entry: OutboxEntry): Promise<void>
    /** What other tabs may have added and not told yet; none where there are none. */
    added(): Promise<readonly OutboxEntry[]>
    removeEntries(orders: readonly number[]): Promise<void>
  }
  /** An edit without a base takes that of the message as it is now. */
  bodyRevOf: (id: ConversationId, messageId: MessageId) => Promise<number>
  /** Where the conversation's timeline is; null: not held. */
  cursorOf: (id: ConversationId) => number | null
  onAcked: (message: Message) => void
  /** What one keeps for oneself is in the account's log now. */
  onKept?: (entry: AccountEntry) => void
  onChanged: (id: ConversationId) => void
  /** For the other tabs; what it says of is durable. */
  onTold: (change: OutboxChange) => void
  /** Something may have to be uploaded, or nothing any more. */
  onUploads?: () => void
  now: () => number
  random: () => number
}
