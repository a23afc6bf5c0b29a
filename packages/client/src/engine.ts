// What every feature stands on. No code here.
import type { UserId } from '@palabre/protocol'
import type { Connection } from './connection/connection.ts'
import type { KeptView } from './sync/kept.ts'
import type { Outbox } from './outbox/door.ts'
import type { Uploads } from './outbox/uploads.ts'
import type { Replica } from './sync/replica.ts'
import type { Sync } from './sync/sync.ts'
import type { Ask } from './tabs/words.ts'

export interface Engine {
  readonly kept: KeptView
  readonly replica: Replica
  readonly sync: Pick<Sync, 'request'>
  readonly outbox: Outbox
  readonly uploads: Uploads
  /** How a tab that follows asks the one that leads; null: this one leads, or is alone. */
  remote(): ((ask: Ask) => Promise<unknown>) | null
  readonly connection: Connection
  /** @throws SESSION_ENDED when nobody is signed in. */
  me(): UserId
  /** There is a live socket. */
  isOnline(): boolean
  /** Milliseconds since 1970, this device's clock. */
  now(): number
  /** The same on the server's clock, as far as it is known. */
  serverNow(): number
}
