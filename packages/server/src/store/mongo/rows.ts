// What the log's collections hold, and what the protocol calls it. A message is the truth; the other two are
// checkpoints of what follows from messages, and can be made again from them (`heads.ts`).
// Bodies and lists are JSON text, as in the other store: opaque here, and kept to the letter.
import type { Collection, Db, IndexDescription } from 'mongodb'
import type {
  ConversationId,
  ConversationSettings,
  MediaId,
  Message,
  MessageBody,
  MessageId,
  OpId,
  Reaction,
  Role,
  UserId,
} from '@palabre/protocol'

export interface MessageDocument {
  /** The conversation's id, a space, the message's: unique, and what a repeat is found by. */
  _id: string
  conversationId: ConversationId
  seq: number
  rev: number
  /** All that it ever had, its first one first. Never trimmed: under the unique index a rev once taken stays taken. */
  revs: number[]
  bodyRev: number
  id: MessageId
  senderId: UserId
  kind: Message['kind']
  body: string
  createdAt: number
  sentAt: number
  hash: string
  /** How often it was changed. */
  changes: number
  // From here on: absent is none.
  replyTo?: MessageId | null
  forwarded?: boolean
  /** What it shows: the id in its body, beside it, to be found by. */
  media?: MediaId | null
  /** More than once. */
  hops?: number | null
  mentions?: string | null
  reactions?: string | null
  editedAt?: number | null
  deletedAt?: number | null
  pinnedAt?: number | null
  expiresAt?: number | null
  /** Of the changes, or the creation, that were made already (LOG-7): `operationName`. */
  operations?: string[]
  /** What it is found by (`words.ts`). */
  words?: string[] | null
  /** Of the first message of a direct conversation: both user ids, the lower first. */
  pair?: string
}

/** A member of a conversation as of the checkpoint. */
export interface MemberEntry {
  userId: UserId
  role: Role
  joinedAt: number
  joinedSeq: number
  joinedRev: number
}

/** What the system messages of a conversation come to, up to one of them. Moves forward only. */
export interface MembershipDocument {
  _id: ConversationId
  kind: 'direct' | 'group'
  title: string | null
  description: string
  /** Absent: null. */
  avatarId?: string | null
  settings?: ConversationSettings
  createdBy: UserId
  createdAt: number
  /** The seq of the last system message that is in it. */
  foldedSeq: number
  membersRev: number
  /** Present members. */
  members: MemberEntry[]
}

/** What lists are made of. A cache of the log that moves forward only. */
export interface ConversationDocument {
  _id: ConversationId
  kind: 'direct' | 'group'
  title: string | null
  description: string
  avatarId: string | null
  settings?: ConversationSettings
  createdBy: UserId
  createdAt: number
  rev: number
  lastSeq: number
  membersRev: number
  memberCount: number
  activeAt: number
}

/**
 * The first three number the log: highest + 1 is refused to all but one writer (LOG-3, LOG-4). A message's own id
 * is unique as `_id`.
 */
export const messagesIndexes: readonly IndexDescription[] = [
  { key: { conversationId: 1, seq: 1 }, unique: true },
  { key: { conversationId: 1, revs: 1 }, unique: true },
  { key: { conversationId: 1, rev: 1 } },
  { key: { conversationId: 1, createdAt: 1, id: 1 } },
  // Few messages are of the system: what membership follows from is found without reading the others.
  { key: { conversationId: 1, kind: 1, seq: 1 }, partialFilterExpression: { kind: 'system' } },
  // What nodes look for that may not have heard of a change of members.
  { key: { createdAt: 1 }, partialFilterExpression: { kind: 'system' } },
  // Who may fetch what is shown, what is shown by nothing any more, and the gallery of a conversation.
  { key: { media: 1 }, partialFilterExpression: { media: { $gt: '' } } },
  {
    key: { conversationId: 1, seq: -1, kind: 1 },
    partialFilterExpression: { media: { $gt: '' } },
  },
  // What disappears, by when.
  { key: { expiresAt: 1 }, partialFilterExpression: { expiresAt: { $exists: true } } },
  { key: { operations: 1 }, unique: true, partialFilterExpression: { operations: { $exists: true } } },
  // The word first: DocumentDB fails where a range of an array’s elements is the second part.
  { key: { words: 1, conversationId: 1 } },
  { key: { pair: 1 }, unique: true, partialFilterExpression: { pair: { $exists: true } } },
]

export const membershipsIndexes: readonly IndexDescription[] = [{ key: { 'members.userId': 1 } }]

export function messagesOf(db: Db): Collection<MessageDocument> {
  return db.collection<MessageDocument>('messages')
}

export function membershipsOf(db: Db): Collection<MembershipDocument> {
  return db.collection<MembershipDocument>('memberships')
}

export function conversationsOf(db: Db): Collection<ConversationDocument> {
  return db.collection<ConversationDocument>('conversations')
}

export function keyOf(conversationId: ConversationId, id: MessageId): string {
  return `${conversationId} ${id}`
}

/** An operation is one person's: the same id of somebody else is another one. */
export function operationName(userId: UserId, opId: OpId): string {
  return `${userId} ${opId}`
}

export function pairOf(a: UserId, b: UserId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}

/** Leaves out what grows with the changes of a message and nobody is told. */
export const messageFields = { revs: 0, operations: 0, hash: 0, changes: 0, pair: 0, words: 0 } as const

export type ReadMessage = Omit<MessageDocument, keyof typeof messageFields>

/** One literal, without a spread: a page of history makes fifty of them. */
export function messageFrom(row: ReadMessage): Message {
  const message = {
    id: row.id,
    conversationId: row.conversationId,
    seq: row.seq,
    rev: row.rev,
    bodyRev: row.bodyRev,
    senderId: row.senderId,
    kind: row.kind,
    body: JSON.parse(row.body) as MessageBody,
    replyTo: row.replyTo ?? null,
    forwarded: row.forwarded ?? false,
    mentions: listFrom<UserId>(row.mentions),
    attachments: [],
    reactions: listFrom<Reaction>(row.reactions),
    createdAt: row.createdAt,
    sentAt: row.sentAt,
    editedAt: row.editedAt ?? null,
    deletedAt: row.deletedAt ?? null,
    pinnedAt: row.pinnedAt ?? null,
    expiresAt: row.expiresAt ?? null,
  } as Message
  if (typeof row.hops === 'number') message.hops = row.hops
  return message
}

/** The medium that a body names; null: none. */
export function mediaIn(body: object): MediaId | null {
  const { media } = body as { media?: { id: MediaId } | null }
  return media?.id ?? null
}

/** Lists are nearly always empty; then nothing is stored and nothing is parsed. */
export function listText(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list)
}

function listFrom<T>(text: string | null | undefined): T[] {
  return text === null || text === undefined ? [] : (JSON.parse(text) as T[])
}
