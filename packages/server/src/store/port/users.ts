// Accounts and profiles.
import type { AccountRole, MediaId, User, UserId } from '@palabre/protocol'

export interface ProfilePatch {
  displayName?: string
  about?: string
  avatarId?: MediaId | null
}

export interface UserStore {
  /**
   * Who is first becomes the operator, whatever `role` says (ACC-1).
   * @throws USERNAME_TAKEN (also for a look-alike: unique by skeleton, SECURITY §5.4)
   */
  create(input: {
    id: UserId
    username: string
    skeleton: string
    displayName: string
    passwordHash: string
    now: number
    /** Absent: a member. */
    role?: AccountRole
    /** Who invited them; absent: nobody, or the server itself. */
    invitedBy?: UserId | null
  }): Promise<User>
  byId(id: UserId): Promise<User | null>
  byIds(ids: UserId[]): Promise<User[]>
  byUsername(username: string): Promise<User | null>
  /** For signing in only. */
  credentials(username: string): Promise<{ user: User; passwordHash: string } | null>
  /** Null when there is no such user. */
  roleOf(id: UserId): Promise<AccountRole | null>
  /** Never the last operator's. @throws USER_NOT_FOUND, OPERATOR_REQUIRED */
  setRole(id: UserId, role: AccountRole): Promise<void>
  /** True while nobody has an account. */
  isEmpty(): Promise<boolean>
  setPasswordHash(id: UserId, passwordHash: string): Promise<void>
  /** Takes the next profile `rev` unless nothing changes. Null when there is no such user. */
  update(id: UserId, patch: ProfilePatch): Promise<User | null>
  /** Takes the next profile `rev`: who may see what of it has changed. Null when there is no such user. */
  touch(id: UserId): Promise<User | null>
  /**
   * Accent- and case-insensitive prefix of username or of a word of the name, by name.
   * `scope: 'known'`: only contacts and co-members of `viewerId`.
   */
  find(input: { viewerId: UserId; query: string; scope: 'all' | 'known'; limit: number }): Promise<User[]>
  /** The newest profile `rev` of the store. */
  profilesRev(): Promise<number>
  /** Contacts and co-members of `userId` (and the user) whose profile changed after `rev`. */
  profilesSince(userId: UserId, rev: number, limit: number): Promise<User[]>
}
