// Media over MongoDB. A document each; what shows a medium is found by an index on the messages, which carry its id
// beside their body. Without transactions the order of looks and deeds keeps what is needed: whoever names a medium has
// touched it before, and whoever drops it looks at what names it after it has fixed the time that it must not have been
// touched since. It is the same with blobs.
import type { Collection, Db, IndexDescription } from 'mongodb'
import { PalabreError, type MediaId } from '@palabre/protocol'
import type { BlobId } from '../../blobs/port.ts'
import type { MediaRow, MediaStore } from '../port/media.ts'
import { bansOf, reportsOf } from './accounts/reports.ts'
import { conversationsOf, membershipsOf, messagesOf } from './rows.ts'
import { isTaken } from './taking.ts'
import { usersOf } from './users.ts'

export type MediaDocument = Omit<MediaRow, 'id'> & {
  _id: MediaId
  /** What it weighs in its owner's quota. */
  bytes: number
}

interface BlobDocument {
  _id: BlobId
  reservedAt: number
  isCondemned: boolean
}

export const mediaIndexes: readonly IndexDescription[] = [
  { key: { ownerId: 1 } },
  { key: { 'found.blobId': 1 }, partialFilterExpression: { 'found.blobId': { $exists: true } } },
  { key: { 'found.thumbId': 1 }, partialFilterExpression: { 'found.thumbId': { $exists: true } } },
]

/** Below all ids: a page always begins behind one. */
const first = '' as MediaId & BlobId

/** Conversations that one medium is looked for in; more than forwarding makes in years. */
const showingMax = 1_000

export function mediaOf(db: Db): Collection<MediaDocument> {
  return db.collection<MediaDocument>('media')
}

export function blobsOf(db: Db): Collection<BlobDocument> {
  return db.collection<BlobDocument>('blobs')
}

export function mongoMedia(db: Db): MediaStore {
  const media = mediaOf(db)
  const blobs = blobsOf(db)
  const messages = messagesOf(db)

  async function byId(id: MediaId): Promise<MediaRow | null> {
    const found = await media.findOne({ _id: { $eq: id } })
    return found === null ? null : mediaFrom(found)
  }

  async function usedBy(ownerId: MediaRow['ownerId']): Promise<{ unfinished: number; bytes: number }> {
    const [sum] = await media
      .aggregate<{ unfinished: number; bytes: number }>([
        { $match: { ownerId: { $eq: ownerId } } },
        {
          $group: {
            _id: null,
            bytes: { $sum: '$bytes' },
            unfinished: { $sum: { $cond: [{ $eq: ['$state', 'arriving'] }, 1, 0] } },
          },
        },
      ])
      .toArray()
    return sum ?? { unfinished: 0, bytes: 0 }
  }

  async function isPhoto({ id, holder }: MediaRow): Promise<boolean> {
    if (holder === null) return false
    const held =
      'userId' in holder
        ? await usersOf(db).findOne({ _id: { $eq: holder.userId } }, { projection: { avatarId: 1 } })
        : await conversationsOf(db).findOne(
            { _id: { $eq: holder.conversationId } },
            { projection: { avatarId: 1 } },
          )
    return held?.avatarId === id
  }

  /** By an open report, unless its bytes are banned. */
  async function isHeld({ id, found }: MediaRow): Promise<boolean> {
    if ((await reportsOf(db).findOne({ media: { $eq: id } }, { projection: { _id: 1 } })) === null)
      return false
    return found === null || (await bansOf(db).findOne({ _id: { $eq: found.blobId } })) === null
  }

  return {
    async begin({ now, ...given }, bounds) {
      const known = (await byId(given.id)) ?? (await begun())
      const isSame =
        known.ownerId === given.ownerId &&
        known.purpose === given.purpose &&
        known.declaredBytes === given.declaredBytes
      if (!isSame) throw new PalabreError('UPLOAD_ID_CONFLICT')
      return known

      async function begun(): Promise<MediaRow> {
        const { unfinished, bytes } = await usedBy(given.ownerId)
        if (unfinished >= bounds.unfinished) throw new PalabreError('UPLOADS_TOO_MANY')
        if (bytes + given.declaredBytes > bounds.bytes)
          throw new PalabreError('QUOTA_EXCEEDED', { details: { usedBytes: bytes, maxBytes: bounds.bytes } })
        const row: MediaRow = {
          ...given,
          createdAt: now,
          touchedAt: now,
          state: 'arriving',
          code: null,
          found: null,
          holder: null,
        }
        try {
          await media.insertOne(mediaDocument(row))
          return row
        } catch (error) {
          const other = isTaken(error) ? await byId(given.id) : null
          if (other === null) throw error
          return other
        }
      }
    },
    byId,
    async settle(id, end, now) {
      const set =
        'found' in end
          ? { state: 'ready' as const, found: end.found, bytes: end.found.bytes, touchedAt: now }
          : { state: 'refused' as const, code: end.code, bytes: 0, touchedAt: now }
      await media.updateOne({ _id: { $eq: id }, state: 'arriving' }, { $set: set })
      return byId(id)
    },
    async claim(id, now) {
      const found = await media.findOneAndUpdate(
        { _id: { $eq: id } },
        { $max: { touchedAt: now } },
        { returnDocument: 'after' },
      )
      return found === null ? null : mediaFrom(found)
    },
    async setThumb(id, thumbId) {
      await media.updateOne({ _id: { $eq: id }, state: 'ready' }, { $set: { 'found.thumbId': thumbId } })
    },
    async setHolder(id, holder) {
      await media.updateOne({ _id: { $eq: id } }, { $set: { holder } })
    },
    async isShownTo(userId, id, now) {
      const shown = await messages
        .find({ media: { $eq: id } }, { projection: { conversationId: 1, seq: 1, expiresAt: 1 } })
        .limit(showingMax)
        .toArray()
      if (shown.length === 0) return false
      const mine = await membershipsOf(db)
        .find(
          {
            _id: { $in: shown.map(({ conversationId }) => conversationId) },
            'members.userId': { $eq: userId },
          },
          { projection: { members: { $elemMatch: { userId } } } },
        )
        .toArray()
      const joined = new Map(mine.map(({ _id, members: [member] }) => [_id, member?.joinedSeq ?? Infinity]))
      return shown.some(
        ({ conversationId, seq, expiresAt }) =>
          seq >= (joined.get(conversationId) ?? Infinity) &&
          ((expiresAt ?? null) === null || Number(expiresAt) > now),
      )
    },
    async page(after, limit) {
      const found = await media
        .find({ _id: { $gt: after ?? first } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(mediaFrom)
    },
    async ofOwner(ownerId, after, limit) {
      const found = await media
        .find({ ownerId: { $eq: ownerId }, _id: { $gt: after ?? first } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(mediaFrom)
    },
    async ofBlob(blobId) {
      const found = await media.find({ 'found.blobId': { $eq: blobId } }).toArray()
      return found.map(mediaFrom)
    },
    async shownIn(id, limit) {
      const found = await messages
        .find({ media: { $eq: id } }, { projection: { conversationId: 1, id: 1 } })
        .limit(limit)
        .toArray()
      return found.map((message) => ({ conversationId: message.conversationId, id: message.id }))
    },
    async drop(id, before) {
      const row = await byId(id)
      if (row === null || row.touchedAt >= before) return false
      const shown = await messages.findOne({ media: { $eq: id } }, { projection: { _id: 1 } })
      if (shown !== null || (await isPhoto(row)) || (await isHeld(row))) return false
      const { deletedCount } = await media.deleteOne({ _id: { $eq: id }, touchedAt: { $lt: before } })
      return deletedCount === 1
    },

    async reserve(id, now) {
      try {
        await blobs.updateOne(
          { _id: { $eq: id }, isCondemned: false },
          { $max: { reservedAt: now } },
          { upsert: true },
        )
        return true
      } catch (error) {
        // It is there, and condemned; or two were first at once.
        if (!isTaken(error)) throw error
        const found = await blobs.findOne({ _id: { $eq: id } })
        return found !== null && !found.isCondemned
      }
    },
    async blobs(after, limit) {
      const found = await blobs
        .find({ _id: { $gt: after ?? first } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id, isCondemned }) => ({ id: _id, isCondemned }))
    },
    async condemn(id, before) {
      const found = await blobs.findOne({ _id: { $eq: id } })
      if (found === null) return false
      if (found.isCondemned) return true
      if (found.reservedAt >= before) return false
      const [main, thumb] = await Promise.all([
        media.findOne({ 'found.blobId': { $eq: id } }, { projection: { _id: 1 } }),
        media.findOne({ 'found.thumbId': { $eq: id } }, { projection: { _id: 1 } }),
      ])
      if (main !== null || thumb !== null) return false
      const { matchedCount } = await blobs.updateOne(
        { _id: { $eq: id }, reservedAt: { $lt: before } },
        { $set: { isCondemned: true } },
      )
      return matchedCount === 1
    },
    async forget(id) {
      await blobs.deleteOne({ _id: { $eq: id } })
    },
  }
}

export function mediaFrom({ _id, bytes: _, ...row }: MediaDocument): MediaRow {
  return { id: _id, ...row }
}

export function mediaDocument({ id, ...row }: MediaRow): MediaDocument {
  const bytes = row.state === 'refused' ? 0 : (row.found?.bytes ?? row.declaredBytes)
  return { _id: id, ...row, bytes }
}

/** Of the blobs that it speaks for. */
export function blobDocuments({ found, touchedAt }: MediaRow): BlobDocument[] {
  return [found?.blobId, found?.thumbId].flatMap((id) =>
    id === undefined || id === null ? [] : [{ _id: id, reservedAt: touchedAt, isCondemned: false }],
  )
}
