// The store in an operator's hands (`port/custody.ts`). A copy is made by SQLite's own backup, page by page, from a
// connection that holds a read transaction: one instant, however much a server writes meanwhile. It does not wait for
// the writer, nor the writer for it; only the write-ahead log cannot shrink until it is done.
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { Copies, Custody, Occupied, SnapshotFacts, SnapshotOptions } from '../port/custody.ts'
import type { ErasureRow } from '../port/erasures.ts'
import { openFile, openLock, openReader } from './connection.ts'
import { examineDatabase, openDoctor } from './doctor/examine.ts'
import { repairDatabase } from './doctor/repair.ts'
import { beginEpoch, factsOf, newestSchema } from './facts.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { carryLedger, ledgerIn } from './erasures/ledger.ts'
import { databaseFile, lockFile } from './wire.ts'

/** Pages copied between two looks at whether to go on: about four megabytes. */
const pagesAtOnce = 1_000

/** What can be done with the file of a store. */
export const sqliteCopies = {
  engine: 'sqlite',
  facts(copied) {
    const db = openReader(copied)
    try {
      return factsOf(db)
    } finally {
      db.close()
    }
  },
  update(copied) {
    withFile(copied, (db) => {
      migrate(db, migrations, dirname(copied))
    })
  },
  doctor: openDoctor,
} as const satisfies Copies

export function sqliteCustody(dataDir: string) {
  const file = join(dataDir, databaseFile)

  /** @throws when there is no store */
  function present(): string {
    if (!existsSync(file)) throw new Error(`there is no store in ${dataDir}`)
    return file
  }

  return {
    ...sqliteCopies,
    async take(to: string, options: SnapshotOptions = {}) {
      const source = openReader(present())
      try {
        await copy(source, to, options)
      } finally {
        source.close()
      }
      return withoutSessions(to)
    },
    async erasures() {
      return ledgerIn(present())
    },
    doctor: (copied?: string) => openDoctor(copied ?? present()),
    occupy: () => occupy(dataDir, file),
  } satisfies Custody
}

async function copy(source: Database, to: string, { signal, onProgress }: SnapshotOptions): Promise<void> {
  // SQLite would make it with the process's umask.
  closeSync(openSync(to, 'wx', 0o600))
  source.exec('BEGIN')
  // A transaction begins with its first read.
  source.prepare('SELECT count(*) FROM sqlite_schema').get()
  await source.backup(to, {
    progress({ totalPages, remainingPages }) {
      signal?.throwIfAborted()
      onProgress?.(totalPages - remainingPages, totalPages)
      return pagesAtOnce
    },
  })
  signal?.throwIfAborted()
  source.exec('COMMIT')
}

/** One file that is whole by itself. */
function withoutSessions(file: string): SnapshotFacts {
  return withFile(file, (db) => {
    db.pragma('journal_mode = DELETE')
    db.pragma('secure_delete = ON')
    db.prepare('DELETE FROM sessions').run()
    return factsOf(db)
  })
}

function withFile<T>(file: string, work: (db: Database) => T): T {
  const db = openFile(file)
  try {
    return work(db)
  } finally {
    db.close()
  }
}

function occupy(dataDir: string, file: string) {
  const lock = lockOf(dataDir)
  const asideDir = join(dataDir, 'backups')

  return {
    needRoom() {
      // The present store is kept beside it.
    },

    revive(copied: string, kept: readonly ErasureRow[] = []) {
      withFile(copied, (db) => {
        beginEpoch(db)
        carryLedger(db, file, kept)
      })
    },

    install(copied: string): string | null {
      const aside = keepAside(file, asideDir)
      sync(copied)
      renameSync(copied, file)
      syncFolder(dataDir)
      return aside
    },

    async repair(): Promise<string[]> {
      const db = openFile(file)
      try {
        newestSchema(db)
        const { repairable } = await examineDatabase(db)
        if (repairable === 0) return []
        const copied = join(asideDir, `before-repair-${stamp()}.db`)
        mkdirSync(asideDir, { recursive: true, mode: 0o700 })
        await copy(db, copied, {})
        return [...repairDatabase(db), `the store as it was: kept at ${copied}`]
      } finally {
        db.close()
      }
    },

    release() {
      lock.close()
    },
  } satisfies Occupied
}

function lockOf(dataDir: string): Database {
  try {
    return openLock(join(dataDir, lockFile), 0)
  } catch (cause) {
    throw new Error(`a server is using ${dataDir}: stop it first`, { cause })
  }
}

/**
 * The present store under another name as well, whole; null when there is none. Nobody else may have it open: they
 * would go on with a file that is not the store any more.
 */
function keepAside(file: string, asideDir: string): string | null {
  const log = `${file}-wal`
  const aside = join(asideDir, `before-restore-${stamp()}.db`)
  mkdirSync(asideDir, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) {
    // A log without its database is of no use, but it must not meet another one.
    if (existsSync(log)) renameSync(log, `${aside}-wal`)
    return null
  }
  const isWhole = gathered(file)
  keep(file, aside)
  if (!isWhole && existsSync(log)) {
    // It cannot be read any more: kept as it is, its log beside it.
    keep(log, `${aside}-wal`)
    syncFolder(asideDir)
    rmSync(log)
  }
  rmSync(`${file}-shm`, { force: true })
  syncFolder(asideDir)
  return aside
}

/** Brings everything into the one file. False: it is too damaged for that. @throws when somebody reads it */
function gathered(file: string): boolean {
  let db: Database | null = null
  try {
    db = openFile(file, 0)
    return db.pragma('journal_mode = DELETE', { simple: true }) === 'delete'
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY'))
      throw new Error('another program is reading the store: wait until it is done', { cause: error })
    return false
  } finally {
    db?.close()
  }
}

/** A second name for the same bytes, or a copy where the disk knows no second names. */
function keep(file: string, aside: string): void {
  try {
    linkSync(file, aside)
  } catch {
    copyFileSync(file, aside, constants.COPYFILE_EXCL)
    sync(aside)
  }
}

function sync(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** A rename is durable when its folder is. */
const syncFolder = sync

/** 20261123T072017123Z */
function stamp(): string {
  return new Date().toISOString().replace(/[-:.]/gu, '')
}
