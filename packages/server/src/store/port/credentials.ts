// What proves who somebody is besides their password: one opaque value a person, changed by compare-and-set, so that a
// code that may be used once is used once whoever races (PASS-3). What is in it is the core's to know.
import type { UserId } from '@palabre/protocol'

export interface CredentialsRow {
  /** Grows by one with every change. */
  rev: number
  /** JSON. */
  value: string
}

export interface CredentialsStore {
  of(userId: UserId): Promise<CredentialsRow | null>
  /** `from`: the rev that was read; 0: there was nothing. False when somebody was faster. */
  put(userId: UserId, from: number, value: string): Promise<boolean>
}
