// Sessions: signed-in devices, and the rotation of their refresh tokens (SECURITY §4.4).
import type { SessionId, UserId } from '@palabre/protocol'

export interface SessionRow {
  id: SessionId
  userId: UserId
  deviceName: string
  createdAt: number
  lastUsedAt: number
  /** Number of the current refresh token; its text is computed, nothing secret is stored but `salt`. */
  generation: number
  rotatedAt: number
  /** The current refresh token, or an access token made with it, has been used. */
  isConfirmed: boolean
  salt: string
}

export interface SessionStore {
  create(row: SessionRow): Promise<void>
  byId(id: SessionId): Promise<SessionRow | null>
  /** Those of `ids` that have not ended (SEC-6). One question. */
  existing(ids: readonly SessionId[]): Promise<SessionId[]>
  /** The latest used first. */
  ofUser(userId: UserId): Promise<SessionRow[]>
  /** Compare-and-set on the generation; false when someone else was faster. */
  rotate(id: SessionId, from: number, now: number): Promise<boolean>
  confirm(id: SessionId, generation: number): Promise<void>
  touch(id: SessionId, now: number): Promise<void>
  /** False when there was none. */
  end(id: SessionId): Promise<boolean>
  /** Ends all but one; answers the ended ones. */
  endOthers(userId: UserId, keep: SessionId | null): Promise<SessionId[]>
  /** Ends those unused since, or older than, the given times; answers the ended ones. */
  endStale(usedBefore: number, createdBefore: number): Promise<SessionId[]>
}
