// Sessions over MongoDB. Each change is one atomic write to one document.
import type { Collection, Db, IndexDescription } from 'mongodb'
import type { PushTarget, SessionId, UserId } from '@palabre/protocol'
import type { SessionRow, SessionStore } from '../port/sessions.ts'

/** `push`: absent or null where the device is not told by push. */
export type SessionDocument = Omit<SessionRow, 'id' | 'place' | 'provedAt'> & {
  _id: SessionId
  push?: PushTarget | null
  place?: string
  provedAt?: number
}

export const sessionsIndexes: readonly IndexDescription[] = [
  { key: { userId: 1, lastUsedAt: 1 } },
  { key: { lastUsedAt: 1 } },
  { key: { createdAt: 1 } },
  // An endpoint is one browser.
  {
    key: { 'push.endpoint': 1 },
    unique: true,
    partialFilterExpression: { 'push.endpoint': { $exists: true } },
  },
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
    async rotate(id, from, now, place) {
      const { matchedCount } = await sessions.updateOne(
        { _id: { $eq: id }, generation: { $eq: from } },
        {
          $set: {
            generation: from + 1,
            rotatedAt: now,
            lastUsedAt: now,
            isConfirmed: false,
            ...(place !== undefined && { place }),
          },
        },
      )
      return matchedCount === 1
    },
    async confirm(id, generation) {
      await sessions.updateOne(
        { _id: { $eq: id }, generation: { $eq: generation }, isConfirmed: false },
        { $set: { isConfirmed: true } },
      )
    },
    async prove(id, now) {
      await sessions.updateOne({ _id: { $eq: id } }, { $set: { provedAt: now } })
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
    async setPush(id, target) {
      if (target !== null) {
        const others = { 'push.endpoint': { $eq: target.endpoint }, _id: { $ne: id } }
        await sessions.updateMany(others, { $unset: { push: true } })
      }
      const change = target === null ? { $unset: { push: true as const } } : { $set: { push: target } }
      return (await sessions.updateOne({ _id: { $eq: id } }, change)).matchedCount === 1
    },
    async push(id) {
      const found = await sessions.findOne({ _id: { $eq: id } }, { projection: { push: 1 } })
      return found?.push ?? null
    },
    async dropPush(id, endpoint) {
      await sessions.updateOne(
        { _id: { $eq: id }, 'push.endpoint': { $eq: endpoint } },
        { $unset: { push: true } },
      )
    },
    async pushedOf(userIds) {
      const found = await sessions
        .find({ userId: { $in: [...userIds] }, 'push.endpoint': { $exists: true } })
        .project<{ _id: SessionId; userId: UserId; push?: PushTarget }>({ userId: 1, push: 1 })
        .toArray()
      return found.flatMap(({ _id, userId, push }) =>
        push === undefined ? [] : [{ sessionId: _id, userId, target: push }],
      )
    },
  }
}

function rowFrom({ _id, push: _, place = '', provedAt = 0, ...row }: SessionDocument): SessionRow {
  return { id: _id, ...row, place, provedAt }
}
