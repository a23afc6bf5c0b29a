// Sessions: signed-in devices, and the rotation of their refresh tokens (SECURITY §4.4).
import type { PushTarget, SessionId, UserId } from '@palabre/protocol'

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
  /** The network it was last renewed from, cut short: for its owner to recognise (SECURITY §5.5). */
  place: string
  /** When its owner last proved who they are on it (ACC-3). */
  provedAt: number
}

/** A device that is told by push. */
export interface PushedDevice {
  sessionId: SessionId
  userId: UserId
  target: PushTarget
}

export interface SessionStore {
  create(row: SessionRow): Promise<void>
  byId(id: SessionId): Promise<SessionRow | null>
  /** Those of `ids` that have not ended (SEC-6). One question. */
  existing(ids: readonly SessionId[]): Promise<SessionId[]>
  /** The latest used first. */
  ofUser(userId: UserId): Promise<SessionRow[]>
  /** Compare-and-set on the generation; false when someone else was faster. */
  rotate(id: SessionId, from: number, now: number, place?: string): Promise<boolean>
  confirm(id: SessionId, generation: number): Promise<void>
  prove(id: SessionId, now: number): Promise<void>
  touch(id: SessionId, now: number): Promise<void>
  /** False when there was none. */
  end(id: SessionId): Promise<boolean>
  /** Ends all but one; answers the ended ones. */
  endOthers(userId: UserId, keep: SessionId | null): Promise<SessionId[]>
  /** Ends those unused since, or older than, the given times; answers the ended ones. */
  endStale(usedBefore: number, createdBefore: number): Promise<SessionId[]>
  /**
   * Where this device is told; null: nowhere. It goes with the session. An endpoint is one browser: any other session
   * that had it has none from now on (PUSH-1). False when there is no such session.
   */
  setPush(id: SessionId, target: PushTarget | null): Promise<boolean>
  push(id: SessionId): Promise<PushTarget | null>
  /** Takes it away if it is still that one: the push service does not know it any more. */
  dropPush(id: SessionId, endpoint: string): Promise<void>
  /** The devices of these people that are told by push. One question. */
  pushedOf(userIds: readonly UserId[]): Promise<PushedDevice[]>
}
