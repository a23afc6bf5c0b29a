// What every feature stands on. No code here.
import type { UserId } from '@palabre/protocol'
import type { Connection } from './connection/connection.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { Replica } from './sync/replica.ts'
import type { Sync } from './sync/sync.ts'

export interface Engine {
  readonly replica: Replica
  readonly sync: Sync
  readonly outbox: Outbox
  readonly connection: Connection
  /** @throws SESSION_ENDED when nobody is signed in. */
  me(): UserId
  /** There is a live socket. */
  isOnline(): boolean
  /** Milliseconds since 1970, this device's clock. */
  now(): number
}
