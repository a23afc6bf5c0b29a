// The ledger of deleted accounts of a store that is about to be replaced, carried into the copy that takes its place
// (ERASE-5). A store that cannot be read any more has none.
import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { UserId } from '@palabre/protocol'
import { ledgerAfterRestore, type ErasureRow } from '../../port/erasures.ts'
import { openFile, openReader } from '../connection.ts'
import { putErasure } from '../writes/erasures.ts'

/** @throws when the file cannot be read */
export function ledgerIn(file: string): ErasureRow[] {
  const db = openReader(file)
  try {
    return rowsOf(db)
  } finally {
    db.close()
  }
}

/** @param present the file of the store as it was until now; it need not be there */
export function carryLedger(copy: Database, present: string, kept: readonly ErasureRow[]): void {
  const { rows, knows } = heldBy(present)
  const put = putErasure(copy)
  const ledger = ledgerAfterRestore([...kept, ...rows], rowsOf(copy), knows, Date.now())
  copy.transaction(() => {
    copy.exec('DELETE FROM erasures')
    for (const row of ledger) put(row)
  })()
}

function heldBy(file: string): { rows: ErasureRow[]; knows: (userId: UserId) => boolean } {
  const users = new Set<string>()
  if (!existsSync(file)) return { rows: [], knows: () => false }
  let db: Database | null = null
  try {
    db = openFile(file)
    const rows = rowsOf(db)
    for (const id of db.prepare<[], string>('SELECT id FROM users').pluck().iterate()) users.add(id)
    return { rows, knows: (userId) => users.has(userId) }
  } catch {
    // What is too damaged for that is being replaced because of it.
    return { rows: [], knows: () => false }
  } finally {
    db?.close()
  }
}

function rowsOf(db: Database): ErasureRow[] {
  const has = db
    .prepare<[], number>("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'erasures'")
    .pluck()
  if (has.get() === 0) return []
  return db
    .prepare<[], string>('SELECT facts FROM erasures ORDER BY user_id')
    .pluck()
    .all()
    .map((facts) => JSON.parse(facts) as ErasureRow)
}
