// When people were last there, over MongoDB. Written lazily; who is online now is the cluster's to know.
import type { Collection, Db } from 'mongodb'
import type { UserId } from '@palabre/protocol'
import type { Store } from '../port/store.ts'
import { untilTaken } from './taking.ts'

export interface LastSeenDocument {
  _id: UserId
  at: number
}

export function lastSeenOf(db: Db): Collection<LastSeenDocument> {
  return db.collection<LastSeenDocument>('lastSeen')
}

export function mongoPresence(db: Db): Store['presence'] {
  const times = lastSeenOf(db)

  return {
    async setLastSeen(userId, at) {
      // Two that both make the document meet in its id: the later one finds it there.
      await untilTaken(() => times.updateOne({ _id: { $eq: userId } }, { $max: { at } }, { upsert: true }))
    },
    async lastSeen(userIds) {
      const found = userIds.length === 0 ? [] : await times.find({ _id: { $in: userIds } }).toArray()
      return new Map(found.map(({ _id, at }) => [_id, at]))
    },
  }
}
