// Digests of the log, kept by the store beside it (DIG-1, DIG-2): a block's own once all 256 of its messages are
// there, and one of the block that is still open. Kept in the commit that changes the log, never apart from it.
// What they are compared with, and what is done when something differs, is for a device or a verifier to decide.
import type { BlockDigest, ConversationId } from '@palabre/protocol'

/** Digests of a stretch of one conversation, all of one state of it. */
export interface Digests {
  rev: number
  lastSeq: number
  /** In seq order, without a hole; the parts at both ends are of the messages asked for only. */
  blocks: BlockDigest[]
  /** Blocks below were left out. */
  hasBefore: boolean
}

/** A block whose kept digest is not that of its messages. */
export interface DigestDifference {
  block: number
  /** Null where none is kept, or none should be. */
  kept: number | null
  log: number | null
}

export interface DigestStore {
  /** Of the messages `from ≤ seq < before` (null: to the newest), at most the newest `limit` blocks; null: no such conversation. */
  of(
    conversationId: ConversationId,
    range: { from: number; before: number | null; limit: number },
  ): Promise<Digests | null>
  /** Where what is kept differs from what the log says, computed from every message of it. */
  differences(conversationId: ConversationId): Promise<DigestDifference[]>
  /** Keeps what the log says; answers what it differed in before. */
  rebuild(conversationId: ConversationId): Promise<DigestDifference[]>
}
