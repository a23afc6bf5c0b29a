// Reports over MongoDB, a document each: what is looked for in fields, everything else as JSON. What two have at once is
// settled by the unique index of matters, and by taking the facts out as they were read.
import type { Collection, Db, IndexDescription } from 'mongodb'
import type { MediaId, ReportId, UserId } from '@palabre/protocol'
import type { BlobId } from '../../../blobs/port.ts'
import {
  matterOf,
  mediaHeld,
  peopleIn,
  withoutPerson,
  type ReportRow,
  type ReportStore,
} from '../../port/reports.ts'
import { isTaken, untilTaken } from '../taking.ts'

export interface ReportDocument {
  _id: ReportId
  subjectId: UserId
  isOpen: boolean
  /** What the same person cannot report twice; absent once it is closed. */
  matter?: string
  closedAt: number | null
  people: UserId[]
  media: MediaId[]
  facts: string
}

export interface BanDocument {
  _id: BlobId
  at: number
}

export const reportsIndexes: readonly IndexDescription[] = [
  { key: { isOpen: 1, _id: 1 } },
  { key: { isOpen: 1, closedAt: 1 } },
  { key: { people: 1 } },
  { key: { media: 1 } },
  { key: { matter: 1 }, unique: true, partialFilterExpression: { matter: { $exists: true } } },
]

export function reportsOf(db: Db): Collection<ReportDocument> {
  return db.collection<ReportDocument>('reports')
}

export function bansOf(db: Db): Collection<BanDocument> {
  return db.collection<BanDocument>('banned')
}

export function mongoReports(db: Db): ReportStore {
  const reports = reportsOf(db)

  return {
    async file(row) {
      try {
        await reports.insertOne(reportDocument(row))
        return row
      } catch (error) {
        const same = isTaken(error) ? await reports.findOne({ matter: { $eq: matterOf(row) } }) : null
        if (same === null) throw error
        return reportFrom(same)
      }
    },
    async byId(id) {
      const found = await reports.findOne({ _id: { $eq: id } })
      return found === null ? null : reportFrom(found)
    },
    async list({ isOpen, except, before, limit }) {
      const found = await reports
        .find({
          isOpen: { $eq: isOpen },
          _id: { $lt: before ?? ('~' as ReportId) },
          subjectId: { $ne: except },
        })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(reportFrom)
    },
    async of(userId, as) {
      const key = as === 'reporter' ? 'reporterId' : 'subjectId'
      const found = await reports
        .find({ people: { $eq: userId } })
        .sort({ _id: 1 })
        .toArray()
      return found.map(reportFrom).filter((row) => row[key] === userId)
    },
    close: (id, end) =>
      untilTaken(async () => {
        const found = await reports.findOne({ _id: { $eq: id } })
        const row = found === null ? null : reportFrom(found)
        if (found === null || row === null || row.closedAt !== null) return null
        const closed = { ...row, ...end }
        return (await replaced(db, found, closed)) ? closed : undefined
      }),
    async shows(mediaId) {
      return (await reports.findOne({ media: { $eq: mediaId } }, { projection: { _id: 1 } })) !== null
    },
    async forgetClosed(before) {
      const { deletedCount } = await reports.deleteMany({ isOpen: { $eq: false }, closedAt: { $lt: before } })
      return deletedCount
    },
    async ban(blobId, at) {
      await bansOf(db).updateOne({ _id: { $eq: blobId } }, { $setOnInsert: { at } }, { upsert: true })
    },
    async isBanned(blobId) {
      return (await bansOf(db).findOne({ _id: { $eq: blobId } })) !== null
    },
  }
}

/** Takes somebody out of the reports that they are in (ERASE-7). */
export async function takeFromReports(db: Db, userId: UserId): Promise<void> {
  const reports = reportsOf(db)
  for (const { _id } of await reports
    .find({ people: { $eq: userId } }, { projection: { _id: 1 } })
    .toArray()) {
    await untilTaken(async () => {
      const found = await reports.findOne({ _id: { $eq: _id } })
      if (found === null) return true
      const left = withoutPerson(reportFrom(found), userId)
      if (left !== null) return (await replaced(db, found, left)) || undefined
      await reports.deleteOne({ _id: { $eq: _id } })
      return true
    })
  }
}

/** False: it is not any more as it was found. */
async function replaced(db: Db, found: ReportDocument, row: ReportRow): Promise<boolean> {
  const { _id, ...document } = reportDocument(row)
  const { matchedCount } = await reportsOf(db).replaceOne(
    { _id: { $eq: _id }, facts: { $eq: found.facts } },
    document,
  )
  return matchedCount === 1
}

export function reportDocument(row: ReportRow): ReportDocument {
  const isOpen = row.closedAt === null
  return {
    _id: row.id,
    subjectId: row.subjectId,
    isOpen,
    ...(isOpen && { matter: matterOf(row) }),
    closedAt: row.closedAt,
    people: peopleIn(row),
    media: mediaHeld(row),
    facts: JSON.stringify(row),
  }
}

export function reportFrom({ facts }: Pick<ReportDocument, 'facts'>): ReportRow {
  return JSON.parse(facts) as ReportRow
}
