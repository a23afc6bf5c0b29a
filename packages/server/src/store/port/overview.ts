// What an operator sees of everybody (OPS-1): names, numbers, times and sizes. Nothing that anybody wrote.
import type { AccountRole, ConversationId, User, UserId } from '@palabre/protocol'

export interface PersonRow {
  user: User
  role: AccountRole
  createdAt: number
  lastSeenAt: number | null
  suspendedAt: number | null
  sessions: number
  /** Of what they uploaded. */
  bytes: number
}

export interface GroupRow {
  id: ConversationId
  title: string
  memberCount: number
  messages: number
  /** Of the media that its messages show. */
  bytes: number
  activeAt: number
}

export interface OverviewStore {
  /** In the order of ids, the latest account first; `query`: whose names begin so. Not those who were erased. */
  people(input: { query: string | null; before: UserId | null; limit: number }): Promise<PersonRow[]>
  person(userId: UserId): Promise<PersonRow | null>
  /** In the order of ids. */
  groups(input: { after: ConversationId | null; limit: number }): Promise<GroupRow[]>
  totals(): Promise<{ people: number; conversations: number; messages: number; bytes: number }>
  /** Whose files take the most room. */
  largest(limit: number): Promise<{ userId: UserId; bytes: number; files: number }[]>
  /** The conversations whose media take the most room; `title` is null of those of two, whose people are nobody’s to read here. */
  heaviest(
    limit: number,
  ): Promise<{ id: ConversationId; title: string | null; bytes: number; files: number }[]>
  /** Since when somebody may not sign in; null: they may. */
  suspendedAt(userId: UserId): Promise<number | null>
  /** Null lets them in again. False: no such person, or the last operator. */
  suspend(userId: UserId, at: number | null): Promise<boolean>
}
