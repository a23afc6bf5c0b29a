// Reports over SQLite, the server's side.
import type { MediaId, ReportId, UserId } from '@palabre/protocol'
import type { BlobId } from '../../../blobs/port.ts'
import type { ReportStore } from '../../port/reports.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'
import { reportFrom } from './report-rows.ts'

export function sqliteReports({ db }: Pick<Reader, 'db'>, writer: Pick<Writer, 'write'>): ReportStore {
  const select = db.prepare<[ReportId], string>('SELECT facts FROM reports WHERE id = ?').pluck()
  const page = (state: string) =>
    db
      .prepare<[string, UserId, number], string>(
        `SELECT facts FROM reports WHERE closed_at ${state} AND id < ? AND subject_id <> ? ORDER BY id DESC LIMIT ?`,
      )
      .pluck()
  const [selectOpen, selectClosed] = [page('IS NULL'), page('IS NOT NULL')]
  const selectOf = db
    .prepare<[UserId], string>(
      `SELECT facts FROM report_people JOIN reports ON reports.id = report_id
       WHERE report_people.user_id = ? ORDER BY report_id`,
    )
    .pluck()
  const selectShowing = db
    .prepare<[MediaId], number>('SELECT 1 FROM report_media WHERE media_id = ? LIMIT 1')
    .pluck()
  const selectBan = db.prepare<[BlobId], number>('SELECT 1 FROM banned WHERE blob_id = ?').pluck()

  return {
    file: (row) => writer.write('fileReport', row),
    async byId(id) {
      const facts = select.get(id)
      return facts === undefined ? null : reportFrom(facts)
    },
    async list({ isOpen, except, before, limit }) {
      return (isOpen ? selectOpen : selectClosed).all(before ?? '~', except, limit).map(reportFrom)
    },
    async of(userId, as) {
      const key = as === 'reporter' ? 'reporterId' : 'subjectId'
      return selectOf
        .all(userId)
        .map(reportFrom)
        .filter((row) => row[key] === userId)
    },
    close: (id, end) => writer.write('closeReport', id, end),
    async shows(mediaId) {
      return selectShowing.get(mediaId) !== undefined
    },
    forgetClosed: (before) => writer.write('forgetReports', before),
    ban: (blobId, at) => writer.write('banBlob', blobId, at),
    async isBanned(blobId) {
      return selectBan.get(blobId) !== undefined
    },
  }
}
