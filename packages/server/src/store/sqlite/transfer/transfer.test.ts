// The SQLite store against the contract of carrying a store.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { transferContract } from '../../contract/transfer.ts'
import { openSqliteStore } from '../open.ts'
import { openSqliteSource, openSqliteTarget } from './transfer.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-transfer-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

transferContract('sqlite', {
  open: (place, options) => openSqliteStore({ dataDir: join(folder, place), ...options }),
  source: async (place) => openSqliteSource(join(folder, place)),
  target: async (place) => openSqliteTarget(join(folder, place)),
})
