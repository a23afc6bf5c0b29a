import type { ConversationId, Message, UserId } from '@palabre/protocol'
import type { MemberRow, MembersView } from '../store/port/members.ts'

export interface Memberships {
  /** The view if it is in memory: the hot path's only question. */
  known(conversationId: ConversationId): MembersView | null
  /** The view, loaded when it is not in memory. Null when there is no such conversation. */
  view(conversationId: ConversationId): Promise<MembersView | null>
  member(conversationId: ConversationId, userId: UserId): Promise<MemberRow | null>
  isMember(conversationId: ConversationId, userId: UserId): Promise<boolean>
  /** The `rev` of the last change of membership; 0 when there is no such conversation. */
  membersRev(conversationId: ConversationId): Promise<number>
  /** Follows a committed system message at once, without reading. Idempotent; older ones are ignored. */
  apply(message: Message): void
  /** Drops the view: the next question loads it. */
  forget(conversationId: ConversationId): void
}
