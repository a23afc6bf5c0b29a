// The doctor over SQLite: reads one instant of a database, on a connection that cannot write. What it finds of a
// conversation's rows is decided by the port's `examine.ts`; what only this engine can be asked, by `tables.ts`.
import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import {
  blobsNamedBy,
  createReport,
  type Doctor,
  type ExamineOptions,
  type Fault,
  type NamedBlob,
  type Report,
} from '../../port/doctor.ts'
import { examineConversation } from '../../port/examine.ts'
import { openReader } from '../connection.ts'
import { newestSchema } from '../facts.ts'
import { mediaColumns, mediaFrom, type MediaColumns } from '../media-rows.ts'
import { nameFaults } from './names.ts'
import { conversationRows } from './rows.ts'
import { idFaults, orphanFaults, schemaFaults, structureFaults } from './tables.ts'

/** How long it looks without letting anything else happen. */
const breathEveryMs = 100
const mediaAtOnce = 500

/** A doctor for a database file. @throws when it is of another schema than this program's */
export function openDoctor(file: string): Doctor {
  const db = openReader(file)
  try {
    newestSchema(db)
  } catch (error) {
    db.close()
    throw error
  }
  return {
    examine: (options) => examineDatabase(db, options),
    blobs: () => namedBlobs(db),
    close() {
      db.close()
    },
  }
}

async function* namedBlobs(db: Database): AsyncIterable<NamedBlob> {
  const page = db
    .prepare<[string, number], MediaColumns>(
      `SELECT ${mediaColumns} FROM media WHERE id > ? AND blob_id IS NOT NULL ORDER BY id LIMIT ?`,
    )
    .raw()
  for (let after = ''; ;) {
    const rows = page.all(after, mediaAtOnce)
    for (const row of rows) yield* blobsNamedBy(mediaFrom(row))
    if (rows.length < mediaAtOnce) return
    after = rows.at(-1)?.[0] ?? after
    await setImmediate()
  }
}

/** All checks on one instant. */
export async function examineDatabase(db: Database, options: ExamineOptions = {}): Promise<Report> {
  const { report, note } = createReport()
  db.exec('BEGIN')
  try {
    for (const fault of structureFaults(db)) note(fault)
    try {
      for (const { missing: _, ...fault } of schemaFaults(db)) note(fault)
      await examineConversations(db, note, report, options)
      for (const fault of orphanFaults(db)) note(fault)
      for (const fault of idFaults(db)) note(fault)
      for (const fault of nameFaults(db)) note(fault)
      report.looked.users = db.prepare<[], number>('SELECT count(*) FROM users').pluck().get() ?? 0
    } catch (error) {
      // A file that is not whole may stop anything from being read: what was found until then is told.
      if (options.signal?.aborted === true || report.faults.length === 0) throw error
    }
  } finally {
    // Nothing was written; and a file that is not whole may refuse to commit even that.
    if (db.inTransaction) db.exec('ROLLBACK')
  }
  return report
}

async function examineConversations(
  db: Database,
  note: (fault: Fault) => void,
  report: Report,
  { signal, onProgress }: ExamineOptions,
): Promise<void> {
  const rows = conversationRows(db)
  const keys = rows.keys()
  let pausedAt = performance.now()
  for (const [index, key] of keys.entries()) {
    const held = rows.one(key)
    if (held === null) continue
    const { findings, messages } = examineConversation(held, rows.log(key))
    for (const finding of findings) note({ ...finding, where: `conversation ${held.id}` })
    report.looked.conversations += 1
    report.looked.messages += messages
    if (performance.now() - pausedAt < breathEveryMs) continue
    // Lets a signal in.
    await setImmediate()
    signal?.throwIfAborted()
    onProgress?.(index + 1, keys.length)
    pausedAt = performance.now()
  }
}
