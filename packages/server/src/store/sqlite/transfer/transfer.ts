// SQLite stores that are moved, from here or to here (`port/transfer.ts`). The lock of the data folder keeps servers away
// in both cases. What is written lies in a folder of its own beside the store's place, where no server looks, until it is
// whole; then one rename makes it the store.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import type { TransferSource, TransferState, TransferTarget } from '../../port/transfer.ts'
import { openReader, openWriter } from '../connection.ts'
import { sqliteCustody } from '../custody.ts'
import { examineDatabase } from '../doctor/examine.ts'
import { factsOf, newestSchema } from '../facts.ts'
import { migrate } from '../migrate.ts'
import { migrations } from '../migrations/index.ts'
import { sqliteReading } from './transfer-read.ts'
import { sqliteTransferWriter } from './transfer-write.ts'
import { databaseFile } from '../wire.ts'

/** Beside the store's file, while it is not whole. */
const partialDir = 'transfer'
/** Kibibytes of pages in memory: indexes over random ids are filled all over. */
const cacheKibibytes = 64 * 1_024

/** @throws when there is no store, a server has it, or it is of another schema than this program's */
export function openSqliteSource(dataDir: string): TransferSource {
  const file = join(dataDir, databaseFile)
  if (!existsSync(file)) throw new Error(`there is no store in ${dataDir}`)
  const occupied = sqliteCustody(dataDir).occupy()
  try {
    const db = openReader(file)
    try {
      newestSchema(db)
    } catch (error) {
      db.close()
      throw error
    }
    return {
      ...sqliteReading(db),
      async close() {
        db.close()
        occupied.release()
      },
    }
  } catch (error) {
    occupied.release()
    throw error
  }
}

/** @throws when a server has the folder */
export function openSqliteTarget(dataDir: string): TransferTarget {
  const occupied = sqliteCustody(dataDir).occupy()
  const folder = join(dataDir, partialDir)
  const file = join(folder, databaseFile)
  let partial: Partial | null = null

  function open(): Partial {
    partial ??= openPartial(file)
    return partial
  }

  function close(): void {
    partial?.db.close()
    partial = null
  }

  function state(): TransferState {
    const epoch = epochOfStore(join(dataDir, databaseFile))
    if (epoch !== null) return { is: 'store', epoch }
    if (!existsSync(file)) return { is: 'empty' }
    const journal = open().writer.journal()
    return journal === null ? { is: 'empty' } : { is: 'partial', journal }
  }

  return {
    engine: 'sqlite',
    state: async () => state(),
    async begin(journal) {
      if (state().is === 'store') throw new Error(`there is a store in ${dataDir}`)
      close()
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      open().writer.begin(journal)
    },
    async write(records, journal) {
      open().writer.write(records, journal)
    },
    reading: {
      facts: () => open().reading.facts(),
      read: (options) => open().reading.read(options),
    },
    examine: (signal) => examineDatabase(open().db, { ...(signal && { signal }) }),
    async finish() {
      const { db, writer } = open()
      writer.end()
      // One file that is whole by itself.
      db.pragma('journal_mode = DELETE')
      close()
      const aside = occupied.install(file)
      rmSync(folder, { recursive: true, force: true })
      return aside
    },
    async close() {
      close()
      occupied.release()
    },
  }
}

interface Partial {
  db: Database
  reading: TransferTarget['reading']
  writer: ReturnType<typeof sqliteTransferWriter>
}

function openPartial(file: string): Partial {
  const db = openWriter(file)
  try {
    db.pragma(`cache_size = -${cacheKibibytes}`)
    migrate(db, migrations, join(file, '..'))
    return { db, reading: sqliteReading(db), writer: sqliteTransferWriter(db) }
  } catch (error) {
    db.close()
    throw error
  }
}

/** Null: there is none, or one that nobody has used yet. @throws when it cannot be read */
function epochOfStore(file: string): string | null {
  if (!existsSync(file)) return null
  const db = openReader(file)
  try {
    const { epoch, counts } = factsOf(db)
    return counts.users === 0 && counts.conversations === 0 ? null : epoch
  } finally {
    db.close()
  }
}
