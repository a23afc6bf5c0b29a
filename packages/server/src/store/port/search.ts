// Finding messages by their words (SRCH-1 … SRCH-4). An engine's index only brings candidates: each is read from the log
// again and decided by `matchText`, so that every engine finds the same, in the same order, and nothing that is gone.
import type { ConversationId, Message, MessageKind, TextRange, UserId } from '@palabre/protocol'

/** Newest first: by time, of one moment by conversation, within a conversation by seq, all from the highest down. */
export interface SearchPlace {
  createdAt: number
  conversationId: ConversationId
  seq: number
}

export interface SearchQuestion {
  userId: UserId
  /** Null: in all of the user's conversations. */
  conversationId: ConversationId | null
  query: string
  /** Null: by anybody, of any kind, at any time. */
  from: UserId | null
  kind: MessageKind | null
  before: number | null
  after: number | null
  /** Goes on below it. */
  below: SearchPlace | null
  limit: number
  /** Whether the user may see what was found, by where they joined. Decides beside the membership, which the store knows. */
  isSeen(message: Message, joinedSeq: number): boolean
}

export interface SearchFound {
  message: Message
  ranges: TextRange[]
}

export interface SearchPage {
  found: SearchFound[]
  /** Where to go on: looking is bounded, so a page may be short, or empty, before the end. Null: that was all. */
  next: SearchPlace | null
  /** Every message of those conversations was looked for in the index, or one by one. */
  isComplete: boolean
}

export interface SearchStore {
  /** Of conversations that the user is in as this reads; ask again whether they still are (MEM-2). */
  find(question: SearchQuestion): Promise<SearchPage>
  /** Resolves when all that is committed by now is in the index. */
  settled(): Promise<void>
}

/** Messages that one question reads one by one before it answers with what it has. */
export const readsMax = 3_000

/** The changes of an index's contents: one that is older is made anew. */
export const searchVersion = 1

export function isBelow(place: SearchPlace, other: SearchPlace): boolean {
  if (place.createdAt !== other.createdAt) return place.createdAt < other.createdAt
  if (place.conversationId !== other.conversationId) return place.conversationId < other.conversationId
  return place.seq < other.seq
}
