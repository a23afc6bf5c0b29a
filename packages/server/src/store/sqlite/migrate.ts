// Brings a database to the newest schema, one migration and one transaction at a time.
// A database that holds something is copied before each step; a newer one than this program knows is refused.
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Migration } from './migrations/index.ts'

/**
 * @param backupDir where `before-0002.db` and so on go; made if missing, readable by the owner alone
 * @throws when the database is newer than `migrations`
 */
export function migrate(db: Database, migrations: readonly Migration[], backupDir: string): void {
  const found = Number(db.pragma('user_version', { simple: true }))
  const newest = migrations.at(-1)?.number ?? 0
  if (found > newest) {
    throw new Error(`the database has schema ${found}, this program knows ${newest}: use a newer program`)
  }
  for (const migration of migrations) {
    if (migration.number <= found) continue
    if (found > 0) backUp(db, backupDir, migration.number)
    db.transaction(() => {
      db.exec(migration.sql)
      migration.fill?.(db)
      const broken = db.pragma('foreign_key_check') as unknown[]
      if (broken.length > 0)
        throw new Error(`migration ${migration.number} breaks ${broken.length} references`)
      db.pragma(`user_version = ${migration.number}`)
    })()
  }
}

function backUp(db: Database, backupDir: string, number: number): void {
  mkdirSync(backupDir, { recursive: true, mode: 0o700 })
  const file = join(backupDir, `before-${String(number).padStart(4, '0')}.db`)
  // A copy from an attempt that did not finish is replaced. The empty file first, because SQLite would make it
  // with the process's umask.
  rmSync(file, { force: true })
  closeSync(openSync(file, 'w', 0o600))
  db.prepare('VACUUM INTO ?').run(file)
}
