// The account's log: latest state by key, a dense `rev` a user.
import type { AccountEntry, UserId } from '@palabre/protocol'

export interface AccountStore {
  /** Null takes it away. Takes the next `rev` unless nothing changes (then null is answered). */
  put(userId: UserId, key: string, value: AccountEntry['value']): Promise<AccountEntry | null>
  rev(userId: UserId): Promise<number>
  /** Entries changed after `rev` (those taken away too), in rev order; from 0: only those that are there. */
  since(userId: UserId, rev: number): Promise<AccountEntry[]>
}
