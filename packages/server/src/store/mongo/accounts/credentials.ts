// What proves who somebody is, over MongoDB.
import type { Collection, Db } from 'mongodb'
import type { UserId } from '@palabre/protocol'
import type { CredentialsStore } from '../../port/credentials.ts'
import { isTaken } from '../taking.ts'

export interface CredentialsDocument {
  _id: UserId
  rev: number
  value: string
}

export function credentialsOf(db: Db): Collection<CredentialsDocument> {
  return db.collection<CredentialsDocument>('credentials')
}

export function mongoCredentials(db: Db): CredentialsStore {
  const credentials = credentialsOf(db)

  return {
    async of(userId) {
      const found = await credentials.findOne({ _id: { $eq: userId } })
      return found === null ? null : { rev: found.rev, value: found.value }
    },
    async put(userId, from, value) {
      if (from > 0) {
        const { matchedCount } = await credentials.updateOne(
          { _id: { $eq: userId }, rev: { $eq: from } },
          { $set: { rev: from + 1, value } },
        )
        return matchedCount === 1
      }
      try {
        await credentials.insertOne({ _id: userId, rev: 1, value })
        return true
      } catch (error) {
        if (isTaken(error)) return false
        throw error
      }
    },
  }
}
