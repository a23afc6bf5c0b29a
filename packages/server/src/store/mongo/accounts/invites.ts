// Invitations to the server over MongoDB.
import type { Collection, Db, IndexDescription } from 'mongodb'
import type { InviteId } from '@palabre/protocol'
import type { InviteRow, InviteStore } from '../../port/invites.ts'

export type InviteDocument = Omit<InviteRow, 'id'> & { _id: InviteId }

export const invitesIndexes: readonly IndexDescription[] = [
  { key: { codeHash: 1 }, unique: true },
  { key: { inviterId: 1 } },
]

export function invitesOf(db: Db): Collection<InviteDocument> {
  return db.collection<InviteDocument>('invites')
}

export function mongoInvites(db: Db): InviteStore {
  const invites = invitesOf(db)

  return {
    async create(row) {
      await invites.insertOne(inviteDocument(row))
    },
    async list({ before, limit }) {
      const found = await invites
        .find({ _id: { $lt: (before ?? '~') as InviteId } })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(inviteFrom)
    },
    async take(codeHash, now) {
      const taken = await invites.findOneAndUpdate(
        {
          codeHash: { $eq: codeHash },
          usesLeft: { $gt: 0 },
          expiresAt: { $gt: now },
          revokedAt: { $eq: null },
        },
        { $inc: { usesLeft: -1 } },
        { returnDocument: 'after' },
      )
      return taken === null ? null : inviteFrom(taken)
    },
    async giveBack(id) {
      await invites.updateOne({ _id: { $eq: id } }, { $inc: { usesLeft: 1 } })
    },
    async revoke(id, now) {
      const { modifiedCount } = await invites.updateOne(
        { _id: { $eq: id }, revokedAt: { $eq: null } },
        { $set: { revokedAt: now } },
      )
      return modifiedCount === 1
    },
  }
}

export function inviteDocument({ id, ...row }: InviteRow): InviteDocument {
  return { _id: id, ...row }
}

export function inviteFrom({ _id, ...row }: InviteDocument): InviteRow {
  return { id: _id, ...row }
}
