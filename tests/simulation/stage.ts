// What the modules in `instead/` play on: the network, the disk and the chance of the history that runs just now.
import type { Database } from 'better-sqlite3'
import type { Clock } from './clock.ts'
import type { Network } from './network.ts'

export interface Stage {
  clock: Clock
  network: Network
  /** The disk of the server. */
  database: Database
  /** Milliseconds that the disk takes for a commit, drawn anew each time. */
  commitMs: () => number
  /** Milliseconds by which what was read from the store is known late, drawn anew each time. */
  readMs: () => number
  /** Numbers in [0, 1) for ids and salts. */
  chance: () => number
}

let present: Stage | null = null

export function setStage(stage: Stage | null): void {
  present = stage
}

export function stage(): Stage {
  if (present === null) throw new Error('nothing is being simulated')
  return present
}
