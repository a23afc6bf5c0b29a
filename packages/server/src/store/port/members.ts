// Who is in a conversation, from when, and how far they have got.
import type { ConversationId, Role, User, UserId } from '@palabre/protocol'

export interface MemberRow {
  userId: UserId
  role: Role
  joinedAt: number
  /** The system message that made them a member: nothing before it is theirs to see (SYNC-8). */
  joinedSeq: number
  joinedRev: number
}

/** All present members of a conversation as of `membersRev`. */
export interface MembersView {
  conversationId: ConversationId
  membersRev: number
  members: ReadonlyMap<UserId, MemberRow>
}

export interface MemberStore {
  /** Null when there is no such conversation. */
  view(conversationId: ConversationId): Promise<MembersView | null>
  one(conversationId: ConversationId, userId: UserId): Promise<MemberRow | null>
  /** Owner, admins, then by name. */
  page(
    conversationId: ConversationId,
    limit: number,
    offset: number,
  ): Promise<{ user: User; role: Role; joinedAt: number }[]>
  /** Whether two people share a conversation. */
  areCoMembers(a: UserId, b: UserId): Promise<boolean>
  /** Those of `userIds` who share a conversation with `userId`. */
  coMembersAmong(userId: UserId, userIds: UserId[]): Promise<UserId[]>
}

/** The other one of a direct conversation, the only kind without an owner; null: it is a group. Pure. */
export function directWith(members: MembersView['members'], userId: UserId): UserId | null {
  if (members.size !== 2) return null
  const all = [...members.values()]
  if (all.some(({ role }) => role === 'owner')) return null
  return all.find((member) => member.userId !== userId)?.userId ?? null
}
