// The log of every conversation: messages, and the conversation's header that follows from them.
// Promises LOG-1 … LOG-7. All or nothing; durable before a promise resolves; `seq` and `rev` dense from 1.
import type {
  Content,
  ConversationId,
  MediaKind,
  Message,
  MessageId,
  MessageKind,
  OpId,
  Role,
  UserId,
} from '@palabre/protocol'

/** A message to append. `seq`, `rev` and `bodyRev` are allocated by the commit. */
export interface NewMessage {
  id: MessageId
  conversationId: ConversationId
  /** Must be a present member at commit, with at least the role that `requires` names and the right that the content
   *  takes (GRP-1). */
  senderId: UserId
  requires: Role
  content: Content<MessageKind>
  replyTo: MessageId | null
  mentions: UserId[]
  /** How often it was forwarded on its way here; absent or 0: not. */
  hops?: number
  sentAt: number
  /** The server's clock. */
  createdAt: number
  /** Of the content as first sent; survives edits and deletion (LOG-2). */
  hash: string
}

export interface Appended {
  /** `repeat`: the id was stored before with the same hash by the same sender. `unchanged`: a system
   *  message that would change nothing (an added member who is one already): nothing was stored. */
  outcome: 'stored' | 'repeat' | 'unchanged'
  message: Message | null
  /** True when a repeat's sender may not see the content any more: only `id` and `seq` may be told. */
  isFormerMember: boolean
  /** Of the conversation as of the commit; what is told of a repeat may be told as of later (MEM-1). */
  membersRev: number
}

export interface Changed {
  outcome: 'stored' | 'repeat' | 'unchanged'
  message: Message
  /** As in `Appended`. */
  membersRev: number
}

/** Pure; may run more than once. Returns the same object when nothing changes; throws a PalabreError to refuse. */
export type Alter = (message: Message) => Message

export interface LogStore {
  /**
   * Appends under the next `seq` and `rev`. A system body also changes header and members in the same commit;
   * `members_added` is first reduced to those who are no members yet, `member_left` of an owner names the heir
   * (whom they chose, else the longest-standing admin, else member).
   * @throws MEMBER_REQUIRED (who comes by a link is none yet), LINK_INVALID, SENDING_RESTRICTED, ROLE_REQUIRED (also: the owner cannot be removed), OWNER_REQUIRED (an owner steps down
   *   only by naming another), GROUP_REQUIRED, GROUP_FULL, MEMBER_NOT_FOUND, USER_NOT_FOUND, MESSAGE_ID_CONFLICT
   */
  append(message: NewMessage): Promise<Appended>
  /**
   * Alters one message as it is at commit, under the next `rev`. A known (`userId`, `opId`) answers `repeat`.
   * `movesBody`: a change of the body, which moves `bodyRev` too.
   * @throws MEMBER_REQUIRED, MESSAGE_NOT_FOUND (also when it lies before the member's joinedSeq),
   *   MESSAGE_CHANGES_EXHAUSTED, and what `alter` throws.
   */
  change(
    target: {
      conversationId: ConversationId
      id: MessageId
      /** Null: the server itself, which may change any; without `opId`. */
      userId: UserId | null
      opId: OpId | null
      movesBody: boolean
    },
    alter: Alter,
  ): Promise<Changed>
  /** Messages whose time is over at `at` and that still say something, the earliest first (DIS-3). */
  expired(at: number, limit: number): Promise<{ conversationId: ConversationId; id: MessageId }[]>
  byId(conversationId: ConversationId, id: MessageId): Promise<Message | null>
  /** Messages with `rev` above, oldest change first, at most `limit`; never with `seq` below `fromSeq`. */
  since(conversationId: ConversationId, rev: number, fromSeq: number, limit: number): Promise<Message[]>
  /** In seq order, `fromSeq ≤ seq`: the newest `limit` below `before` (or of all when null). */
  before(
    conversationId: ConversationId,
    before: number | null,
    fromSeq: number,
    limit: number,
  ): Promise<Message[]>
  /** In seq order: the oldest `limit` with `seq > after` and `seq ≥ fromSeq`. */
  after(conversationId: ConversationId, after: number, fromSeq: number, limit: number): Promise<Message[]>
  /**
   * Messages of all of a user's conversations with `createdAt ≥ timestamp` that they may see, by (createdAt, id),
   * after the given place. For the seed's `/messages/since` only.
   */
  createdSince(
    userId: UserId,
    timestamp: number,
    place: { createdAt: number; id: MessageId } | null,
    limit: number,
  ): Promise<Message[]>
  /** Messages of these kinds that show media, newest first, `fromSeq ≤ seq < before` (null: all). */
  gallery(
    conversationId: ConversationId,
    kinds: readonly MediaKind[],
    before: number | null,
    fromSeq: number,
    limit: number,
  ): Promise<Message[]>
  /**
   * What somebody wrote in a conversation and still says something, in seq order, above `after`. Looks at a bounded part of
   * the log: `next` is where to go on; null: that was the end.
   */
  authored(
    conversationId: ConversationId,
    senderId: UserId,
    after: number,
  ): Promise<{ messages: Message[]; next: number | null }>
  /** Visible messages above `seq`, not by `userId`, not system, not deleted (REC-3). */
  unread(conversationId: ConversationId, userId: UserId, seq: number): Promise<number>
  /** Of those the seqs that mention `userId`, the oldest `limits.mentionsTold`, in order (MEN-1). */
  mentions(conversationId: ConversationId, userId: UserId, seq: number): Promise<number[]>
}
