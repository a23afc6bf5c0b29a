// What an interface or a bot is shown: values that change, and what is in them. No code here.
import type {
  Conversation,
  ConversationId,
  ErrorCode,
  MediaKind,
  Message,
  MessageId,
  SearchHit,
  ScheduleValue,
  User,
  UserId,
} from '@palabre/protocol'

/** A value that changes. `get` is cheap and answers the same object until it changes. */
export interface Observable<T> {
  get(): T
  /** Called after every change, not at once. Answers how to stop. */
  subscribe(listener: (value: T) => void): () => void
}

/** A state carries only its own data. */
export type ConnectionState =
  /** Nobody is signed in. `because`: why the last session ended, if it did. */
  | { name: 'signedOut'; because: ErrorCode | null }
  /** No network according to the browser. */
  | { name: 'offline'; since: number }
  /** Between two attempts. */
  | { name: 'waiting'; attempt: number; retryAt: number; because: ErrorCode | 'NETWORK' }
  | { name: 'connecting'; attempt: number }
  /** Connected; the difference is on its way. */
  | { name: 'syncing' }
  | { name: 'online' }

/** As its sender sees it; only forward, but `failed` may still become `sent` (OUT-5). */
export type MessageState = 'queued' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

/** A message as it is to be drawn: the log's, with what is still in the outbox laid over it. */
export interface ShownMessage {
  /** Not in the log yet: `seq` and `rev` are 0 and `createdAt` is the sender's clock. */
  readonly message: Message
  readonly isMine: boolean
  /** Null for the messages of others and for system messages. */
  readonly state: MessageState | null
  /** Not in the log yet. */
  readonly isPending: boolean
  /** Why it, or a change of it, was refused for good. */
  readonly error: ErrorCode | null
  /** An edit, deletion or reaction of it that the server has not acknowledged yet. */
  readonly isChanging: boolean
}

/** Refused for good in a conversation that is not mine any more: nobody has it, and no timeline shows it. */
export interface StrandedMessage {
  readonly conversationId: ConversationId
  readonly messageId: MessageId
  readonly text: string
  /** This device's clock. */
  readonly writtenAt: number
}

export interface TimelineView {
  readonly conversationId: ConversationId
  /** In order; pending ones last. One contiguous window up to the newest. */
  readonly messages: readonly ShownMessage[]
  readonly hasBefore: boolean
  /** False until the cache or the server has answered the first time. */
  readonly isLoaded: boolean
  readonly isLoadingBefore: boolean
  readonly error: ErrorCode | null
}

/** One row of the list. */
export interface ConversationView {
  readonly conversation: Conversation
  /** Group title, the other person's name, or what one's notes are called. */
  readonly title: string
  /** The other person of a direct conversation. */
  readonly other: User | null
  /** It is the conversation with oneself (NOTE-1). */
  readonly isNotes: boolean
  readonly unread: number
  /** The seqs of unread messages that mention me, in order; the oldest hundred where there are more. */
  readonly mentions: readonly number[]
  /** The newest message, pending ones included; null when there is none to see. */
  readonly last: ShownMessage | null
  /** For the order of the list. */
  readonly activeAt: number
  readonly typing: readonly UserId[]
  readonly draft: string
  /** What it answers. */
  readonly draftReplyTo: MessageId | null
  /** People who wait to be let in, where I am an admin. */
  readonly askers: number
  /** Messages of mine here that were refused. */
  readonly failed: number
}

/** A text that the server sends at its time (SCH-1); refused, its `sendAt` is null and `failed` says why. */
export interface Scheduled extends Omit<ScheduleValue, 'mentions'> {
  readonly conversationId: ConversationId
  readonly id: MessageId
  readonly mentions: readonly UserId[]
}

/** Of all files of a message. */
export interface UploadProgress {
  readonly sentBytes: number
  readonly totalBytes: number
}

/** A file as one sends it. What is not said the server finds out, or nobody does. */
export interface MediaToSend {
  kind: MediaKind
  bytes: Blob
  /** As the file is called where it comes from. */
  name: string
  /** The caption. */
  text?: string
  /** The same for all messages that are drawn together (MED-8). */
  albumId?: string
  replyTo?: MessageId | null
  width?: number
  height?: number
  durationMs?: number
  waveform?: number[]
  /** A video's first picture. */
  poster?: Blob
}

/** How far what this device holds of a conversation is known to be what the server holds (DIG-4). */
export type HistoryState =
  /** Not compared yet. */
  | { name: 'unknown' }
  | { name: 'checking' }
  /** The same, at that time of this device's clock; `repaired`: messages that had to be mended since the start. */
  | { name: 'verified'; at: number; repaired: number }
  /** Fetched again, and still not what the server's digest says. */
  | { name: 'unverified'; at: number }

export interface SearchAnswer {
  /** Newest first; `ranges` are places in the message's `searchedText`. */
  hits: SearchHit[]
  /** For the next page; null: there is none. A page may be short, and not the last. */
  cursor: string | null
  /** False while the server still looks through a history from before it could search. */
  isComplete: boolean
  /** `device`: without a connection; only what is held here was searched. */
  source: 'server' | 'device'
}

/** A part of history apart from the window, for whoever jumps there. */
export interface Segment {
  readonly view: Observable<TimelineView>
  /** Nothing is missing between its end and the timeline's window. */
  meetsWindow(): boolean
  loadBefore(): Promise<void>
  loadAfter(): Promise<void>
  /** To be called when nobody looks at it any more. */
  close(): void
}

export interface ConversationListView {
  /** Newest activity first. */
  readonly conversations: readonly ConversationView[]
  /** False until the cache or the server has answered the first time. */
  readonly isLoaded: boolean
}
