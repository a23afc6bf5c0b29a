// Conversations: making them, and reading headers. Their changes go through the log (LOG-6).
import type { ConversationHeader, ConversationId, Message, MessageId, OpId, UserId } from '@palabre/protocol'

/** As one member sees it, without what the server computes on top (`me.unread`, `others`). */
export interface ConversationRow {
  /** Without `members`, which come from the members port. */
  header: Omit<ConversationHeader, 'members'>
  rev: number
  lastSeq: number
  membersRev: number
  /** createdAt of the newest message: the order of the list. */
  activeAt: number
}

export interface Created {
  conversationId: ConversationId
  /** False when the pair had one already, or the `opId` was known. */
  isNew: boolean
  /** The `conversation_created` system message, seq 1 and rev 1. */
  message: Message
}

export interface ConversationStore {
  /** Get or create by the pair. Racing calls, both ways round, get the same one.
   *  @throws USER_NOT_FOUND */
  createDirect(input: {
    id: ConversationId
    messageId: MessageId
    userId: UserId
    otherId: UserId
    now: number
  }): Promise<Created>
  /** The direct conversation of two people; null: they have none. */
  ofPair(a: UserId, b: UserId): Promise<ConversationId | null>
  /** The creator is the owner. @throws USER_NOT_FOUND, GROUP_FULL */
  createGroup(input: {
    id: ConversationId
    messageId: MessageId
    userId: UserId
    title: string
    memberIds: UserId[]
    opId: OpId | null
    now: number
  }): Promise<Created>
  byId(id: ConversationId): Promise<ConversationRow | null>
  /** Those of which the user is a present member, newest activity first, keyset or offset. */
  ofUser(
    userId: UserId,
    page: { limit: number; offset: number; after: { activeAt: number; id: ConversationId } | null },
  ): Promise<ConversationRow[]>
  countOfUser(userId: UserId): Promise<number>
  /** (id, rev) of all of a user's conversations, newest activity first: what sync compares. */
  headsOfUser(userId: UserId): Promise<{ id: ConversationId; rev: number }[]>
  /** How far each of `ids` has got; in no order, without those that do not exist. What nodes ask to find what they were
   *  not told (SYNC-9). One question. */
  headsOf(ids: readonly ConversationId[]): Promise<{ id: ConversationId; rev: number; membersRev: number }[]>
  /** All there are, in the order of ids. */
  idsAfter(after: ConversationId | null, limit: number): Promise<ConversationId[]>
  /** Those whose membership changed at `at` or later, by the clocks of who changed it; perhaps others that were active. */
  membersMovedSince(at: number): Promise<ConversationId[]>
}
