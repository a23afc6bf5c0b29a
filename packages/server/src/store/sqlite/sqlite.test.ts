// The SQLite store against the contract of all stores.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { storeContract } from '../contract/store.ts'
import { openSqliteStore } from './open.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-contract-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

storeContract('sqlite', (place, options) => openSqliteStore({ dataDir: join(folder, place), ...options }))
