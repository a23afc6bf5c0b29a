// The SQLite store against the contract of all stores: with commits where they cost the least (in a test's short life
// that is the thread), and with the place changing at every batch.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { storeContract } from '../contract/store.ts'
import { openSqliteStore } from './open.ts'
import type { Places } from './place.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-contract-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

storeContract('sqlite', (place, options) => openSqliteStore({ dataDir: join(folder, place), ...options }))

/** Two batches here, one in the thread, and so on. */
function wandering(): Places {
  let batches = 0
  return {
    next: () => (batches++ % 3 === 2 ? 'thread' : 'here'),
    done: () => undefined,
  }
}

storeContract('sqlite, from two places', (place, options) =>
  openSqliteStore({ dataDir: join(folder, `two-${place}`), places: wandering(), ...options }),
)
