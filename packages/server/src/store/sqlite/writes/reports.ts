// Reports inside the writer's transaction: each row with whom and which media it concerns.
import type { Database } from 'better-sqlite3'
import type { ReportId, UserId } from '@palabre/protocol'
import type { BlobId } from '../../../blobs/port.ts'
import {
  matterOf,
  mediaHeld,
  peopleIn,
  withoutPerson,
  type ReportEnd,
  type ReportRow,
} from '../../port/reports.ts'
import { reportFrom } from '../accounts/report-rows.ts'

/** Puts a report in, or in place of what it was. */
export function putReport(db: Database): (row: ReportRow) => void {
  const put = db.prepare<[ReportId, UserId, string | null, number | null, string]>(
    `INSERT INTO reports (id, subject_id, matter, closed_at, facts) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET matter = excluded.matter, closed_at = excluded.closed_at, facts = excluded.facts`,
  )
  const sides = (['report_people', 'report_media'] as const).map((table) => ({
    clear: db.prepare<[ReportId]>(`DELETE FROM ${table} WHERE report_id = ?`),
    insert: db.prepare<[string, ReportId]>(`INSERT INTO ${table} VALUES (?, ?)`),
  }))
  return (row) => {
    put.run(
      row.id,
      row.subjectId,
      row.closedAt === null ? matterOf(row) : null,
      row.closedAt,
      JSON.stringify(row),
    )
    const concerned = [peopleIn(row), mediaHeld(row)]
    for (const [at, { clear, insert }] of sides.entries()) {
      clear.run(row.id)
      for (const id of concerned[at] ?? []) insert.run(id, row.id)
    }
  }
}

export function putBan(db: Database): (blobId: BlobId, at: number) => void {
  const put = db.prepare<[BlobId, number]>(
    'INSERT INTO banned (blob_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING',
  )
  return (blobId, at) => void put.run(blobId, at)
}

/** Takes somebody out of the reports that they are in (ERASE-7). */
export function takeFromReports(db: Database): (userId: UserId) => void {
  const put = putReport(db)
  const remove = db.prepare<[ReportId]>('DELETE FROM reports WHERE id = ?')
  const selectWith = db
    .prepare<[UserId], string>(
      'SELECT facts FROM report_people JOIN reports ON reports.id = report_id WHERE report_people.user_id = ?',
    )
    .pluck()
  return (userId) => {
    for (const facts of selectWith.all(userId)) {
      const row = reportFrom(facts)
      const left = withoutPerson(row, userId)
      if (left === null) remove.run(row.id)
      else put(left)
    }
  }
}

export function reportWrites(db: Database) {
  const put = putReport(db)
  const select = db.prepare<[ReportId], string>('SELECT facts FROM reports WHERE id = ?').pluck()
  const selectSame = db.prepare<[string], string>('SELECT facts FROM reports WHERE matter = ?').pluck()
  const forget = db.prepare<[number]>('DELETE FROM reports WHERE closed_at IS NOT NULL AND closed_at < ?')

  return {
    fileReport(row: ReportRow): ReportRow {
      const same = selectSame.get(matterOf(row))
      if (same !== undefined) return reportFrom(same)
      put(row)
      return row
    },
    closeReport(id: ReportId, end: ReportEnd): ReportRow | null {
      const facts = select.get(id)
      const row = facts === undefined ? null : reportFrom(facts)
      if (row === null || row.closedAt !== null) return null
      const closed = { ...row, ...end }
      put(closed)
      return closed
    },
    forgetReports: (before: number): number => forget.run(before).changes,
    banBlob: putBan(db),
  }
}
