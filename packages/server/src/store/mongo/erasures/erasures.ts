// The ledger of deleted accounts over MongoDB, one document a person. What takes a person's own away is several writes,
// each of which may be done again: whoever was interrupted begins anew.
import type { Collection, Db, IndexDescription } from 'mongodb'
import { isErased, type UserId } from '@palabre/protocol'
import { erasedName } from '../../port/names.ts'
import type { ErasureRow, ErasureStore } from '../../port/erasures.ts'
import { accountOf } from '../account.ts'
import { lastSeenOf } from '../presence.ts'
import { credentialsOf } from '../accounts/credentials.ts'
import { invitesOf } from '../accounts/invites.ts'
import { takeFromReports } from '../accounts/reports.ts'
import { sessionsOf } from '../sessions.ts'
import { revsKept, untilTaken } from '../taking.ts'
import { newestRev, userFrom, usersOf } from '../users.ts'

export type ErasureDocument = Omit<ErasureRow, 'userId'> & { _id: UserId }

export const erasuresIndexes: readonly IndexDescription[] = [{ key: { nameHash: 1 } }, { key: { state: 1 } }]

export function erasuresOf(db: Db): Collection<ErasureDocument> {
  return db.collection<ErasureDocument>('erasures')
}

export function mongoErasures(db: Db): ErasureStore {
  const erasures = erasuresOf(db)
  const users = usersOf(db)

  return {
    async request({ userId, ...row }) {
      const asked = { ...row, state: 'waiting' as const, doneAt: null }
      await untilTaken(async () => {
        const { matchedCount } = await erasures.updateOne(
          { _id: { $eq: userId }, state: { $eq: 'waiting' } },
          { $set: asked },
        )
        if (matchedCount === 1 || (await erasures.findOne({ _id: { $eq: userId } })) !== null) return true
        await erasures.insertOne({ _id: userId, ...asked })
        return true
      })
      await lastSeenOf(db).deleteOne({ _id: { $eq: userId } })
    },
    async of(userId) {
      const found = await erasures.findOne({ _id: { $eq: userId } })
      return found === null ? null : erasureFrom(found)
    },
    async cancel(userId) {
      const { deletedCount } = await erasures.deleteOne({ _id: { $eq: userId }, state: { $eq: 'waiting' } })
      return deletedCount === 1
    },
    async begin(now, limit) {
      // Taken out of the ones that wait first: from then on nobody takes it back.
      await erasures.updateMany(
        { state: { $eq: 'waiting' }, dueAt: { $lte: now } },
        { $set: { state: 'running' } },
      )
      const found = await erasures
        .find({ state: { $eq: 'running' } })
        .limit(limit)
        .toArray()
      return found.map(erasureFrom)
    },
    async tombstone(userId) {
      await Promise.all([
        sessionsOf(db).deleteMany({ userId: { $eq: userId } }),
        credentialsOf(db).deleteMany({ _id: { $eq: userId } }),
        invitesOf(db).deleteMany({ inviterId: { $eq: userId } }),
        takeFromReports(db, userId),
        accountOf(db).deleteMany({ userId: { $eq: userId } }),
        lastSeenOf(db).deleteOne({ _id: { $eq: userId } }),
      ])
      return untilTaken(async () => {
        const found = await users.findOne({ _id: { $eq: userId } })
        if (found === null) return null
        if (isErased(userFrom(found))) return userFrom(found)
        const highest = await users.findOne({}, newestRev)
        const rev = (highest?.rev ?? 0) + 1
        const name = erasedName(userId)
        const nothing = {
          displayName: '',
          sortName: '',
          about: '',
          avatarId: null,
          passwordHash: '',
          terms: [],
        }
        const { matchedCount } = await users.updateOne(
          { _id: { $eq: userId }, rev: { $eq: found.rev } },
          {
            $set: { ...nothing, username: name, skeleton: name, rev },
            $push: { revs: { $each: [rev], $slice: -revsKept } },
          },
        )
        return matchedCount === 0 ? undefined : userFrom({ ...found, ...nothing, username: name, rev })
      })
    },
    async done(userId, now) {
      await erasures.updateOne({ _id: { $eq: userId } }, { $set: { state: 'done', doneAt: now } })
    },
    async isNameHeld(nameHash, now) {
      const held = await erasures.findOne({ nameHash: { $eq: nameHash }, nameUntil: { $gt: now } })
      return held !== null
    },
    async among(userIds) {
      if (userIds.length === 0) return []
      const found = await erasures.find({ _id: { $in: [...userIds] } }, { projection: { _id: 1 } }).toArray()
      return found.map(({ _id }) => _id)
    },
    async page(after, limit) {
      const found = await erasures
        .find({ _id: { $gt: after ?? ('' as UserId) } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(erasureFrom)
    },
    // What its files hold of deleted documents is the server's own affair.
    compact: () => Promise.resolve(),
  }
}

export function erasureFrom({ _id, ...row }: ErasureDocument): ErasureRow {
  return { userId: _id, ...row }
}
