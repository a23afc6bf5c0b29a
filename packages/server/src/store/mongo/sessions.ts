// Sessions over MongoDB. Each change is one atomic write to one document.
import type { Collection, Db, IndexDescription } from 'mongodb'
import type { SessionId } from '@palabre/protocol'
import type { SessionRow, SessionStore } from '../port/sessions.ts'

export type SessionDocument = Omit<SessionRow, 'id'> & { _id: SessionId }

export const sessionsIndexes: readonly IndexDescription[] = [
  { key: { userId: 1, lastUsedAt: 1 } },
  { key: { lastUsedAt: 1 } },
  { key: { createdAt: 1 } },
]

export function sessionsOf(db: Db): Collection<SessionDocument> {
  return db.collection<SessionDocument>('sessions')
}

export function mongoSessions(db: Db): SessionStore {
  const sessions = sessionsOf(db)

  return {
    async create({ id, ...row }) {
      await sessions.insertOne({ _id: id, ...row })
    },
    async byId(id) {
      const found = await sessions.findOne({ _id: { $eq: id } })
      return found === null ? null : rowFrom(found)
    },
    async existing(ids) {
      const found = await sessions.find({ _id: { $in: [...ids] } }, { projection: { _id: 1 } }).toArray()
      return found.map(({ _id }) => _id)
    },
    async ofUser(userId) {
      const found = await sessions
        .find({ userId: { $eq: userId } })
        .sort({ lastUsedAt: -1, _id: -1 })
        .toArray()
      return found.map(rowFrom)
    },
    async rotate(id, from, now) {
      const { matchedCount } = await sessions.updateOne(
        { _id: { $eq: id }, generation: { $eq: from } },
        { $set: { generation: from + 1, rotatedAt: now, lastUsedAt: now, isConfirmed: false } },
      )
      return matchedCount === 1
    },
    async confirm(id, generation) {
      await sessions.updateOne(
        { _id: { $eq: id }, generation: { $eq: generation }, isConfirmed: false },
        { $set: { isConfirmed: true } },
      )
    },
    async touch(id, now) {
      await sessions.updateOne({ _id: { $eq: id } }, { $max: { lastUsedAt: now } })
    },
    async end(id) {
      return (await sessions.deleteOne({ _id: { $eq: id } })).deletedCount === 1
    },
    async endOthers(userId, keep) {
      const others = await sessions
        .find({ userId: { $eq: userId }, ...(keep !== null && { _id: { $ne: keep } }) })
        .project<{ _id: SessionId }>({ _id: 1 })
        .toArray()
      const ids = others.map(({ _id }) => _id)
      await sessions.deleteMany({ _id: { $in: ids } })
      return ids
    },
    async endStale(usedBefore, createdBefore) {
      const stale = { $or: [{ lastUsedAt: { $lt: usedBefore } }, { createdAt: { $lt: createdBefore } }] }
      const idsOf = async (filter: object) =>
        (await sessions.find(filter).project<{ _id: SessionId }>({ _id: 1 }).toArray()).map(({ _id }) => _id)
      const found = await idsOf(stale)
      if (found.length === 0) return []
      // One that was used meanwhile goes on.
      await sessions.deleteMany({ _id: { $in: found }, ...stale })
      const left = new Set(await idsOf({ _id: { $in: found } }))
      return found.filter((id) => !left.has(id))
    },
  }
}

function rowFrom({ _id, ...row }: SessionDocument): SessionRow {
  return { id: _id, ...row }
}
