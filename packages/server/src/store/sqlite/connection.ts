// Opens the database file with the settings of SECURITY §4.9. The only file that loads better-sqlite3.
// The file is made here first, mode 0600; SQLite gives its -wal and -shm the same mode.
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'

/** How long a statement waits for another connection's lock. */
const busyTimeoutMs = 5_000
/** Bytes that the write-ahead log keeps on disk after a checkpoint. */
const walBytes = 64 * 1_024 * 1_024
/** Pages in that log before they are copied home: a page that is written often is then copied once. */
const checkpointPages = 4_000

export function openWriter(file: string): Database.Database {
  makePrivate(file)
  const db = new Database(file, { timeout: busyTimeoutMs })
  db.pragma('journal_mode = WAL')
  // FULL: a commit returns when the log is on the disk (P1), not only in the kernel.
  db.pragma('synchronous = FULL')
  db.pragma(`journal_size_limit = ${walBytes}`)
  db.pragma(`wal_autocheckpoint = ${checkpointPages}`)
  db.pragma('secure_delete = ON')
  harden(db)
  return db
}

export function openReader(file: string): Database.Database {
  const db = new Database(file, { timeout: busyTimeoutMs, readonly: true, fileMustExist: true })
  harden(db)
  db.pragma('query_only = ON')
  return db
}

/** A database that nobody else has open, in whatever way it keeps its log: a copy, or the store of a stopped server. */
export function openFile(file: string, waitMs = busyTimeoutMs): Database.Database {
  const db = new Database(file, { timeout: waitMs, fileMustExist: true })
  db.pragma('synchronous = FULL')
  harden(db)
  return db
}

/**
 * Keeps a lock as long as it is open, and however the process ends the system takes it back. The writer keeps
 * heads in memory, so a second one on the same folder would be wrong.
 * @throws when another store has it
 */
export function openLock(file: string, waitMs = busyTimeoutMs): Database.Database {
  makePrivate(file)
  const db = new Database(file, { timeout: waitMs })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    throw new Error(`another server uses this data folder: ${dirname(file)}`, { cause })
  }
  return db
}

function harden(db: Database.Database): void {
  db.pragma('foreign_keys = ON')
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
  db.pragma('mmap_size = 0')
}

function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}
