// Marks: how far each member has got. They only grow.
import type { ConversationId, MarkPair, Marks, UserId } from '@palabre/protocol'

/** As they are: what is told of them is decided elsewhere (BLK-3, PRIV-4). */
export interface StoredMarks extends Marks {
  others: MarkPair
  /** Of a direct conversation, the other; null: it is a group. */
  directWith: UserId | null
}

export interface ReceiptStore {
  /** Merges by max, clipped to joinedSeq … lastSeq (REC-1). Null when not a member. */
  mark(
    conversationId: ConversationId,
    userId: UserId,
    marks: { deliveredSeq?: number; readSeq?: number },
  ): Promise<{ marks: MarkPair; isChanged: boolean } | null>
  /** Marks of all present members. */
  ofConversation(conversationId: ConversationId): Promise<Map<UserId, MarkPair>>
  /** As a member is told them (REC-2, REC-3), of those of `ids` that the user is a present member of. One question. */
  ofUser(userId: UserId, ids: ConversationId[]): Promise<Map<ConversationId, StoredMarks>>
}
