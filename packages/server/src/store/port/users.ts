// Accounts and profiles.
import type { MediaId, User, UserId } from '@palabre/protocol'

export interface ProfilePatch {
  displayName?: string
  about?: string
  avatarId?: MediaId | null
}

export interface UserStore {
  /** @throws USERNAME_TAKEN (also for a look-alike: unique by skeleton, SECURITY §5.4) */
  create(input: {
    id: UserId
    username: string
    skeleton: string
    displayName: string
    passwordHash: string
    now: number
  }): Promise<User>
  byId(id: UserId): Promise<User | null>
  byIds(ids: UserId[]): Promise<User[]>
  byUsername(username: string): Promise<User | null>
  /** For signing in only. */
  credentials(username: string): Promise<{ user: User; passwordHash: string } | null>
  setPasswordHash(id: UserId, passwordHash: string): Promise<void>
  /** Takes the next profile `rev` unless nothing changes. Null when there is no such user. */
  update(id: UserId, patch: ProfilePatch): Promise<User | null>
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
