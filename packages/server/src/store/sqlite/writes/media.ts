// Media and the blobs that they speak for, inside the writer's transaction: so what shows a medium, and who speaks for a
// blob, cannot change between the look and the deed.
import type { Database } from 'better-sqlite3'
import { PalabreError, type ErrorCode, type MediaId, type UserId } from '@palabre/protocol'
import type { BlobId } from '../../../blobs/port.ts'
import type { MediaBounds, MediaFound, MediaHolder, MediaRow, NewMedia } from '../../port/media.ts'
import { factsOf, mediaColumns, mediaFrom, showsMedia, weightOf, type MediaColumns } from '../media-rows.ts'

export function mediaWrites(db: Database) {
  const select = db.prepare<[MediaId], MediaColumns>(`SELECT ${mediaColumns} FROM media WHERE id = ?`).raw()
  const selectSum = db
    .prepare<[UserId], [number, number]>(
      `SELECT count(*) FILTER (WHERE state = 'arriving'), ifnull(sum(bytes), 0) FROM media WHERE owner_id = ?`,
    )
    .raw()
  const insert = db.prepare(
    `INSERT INTO media (id, owner_id, state, bytes, touched_at, blob_id, thumb_id, facts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, bytes = excluded.bytes, touched_at = excluded.touched_at,
       blob_id = excluded.blob_id, thumb_id = excluded.thumb_id, facts = excluded.facts`,
  )
  const isShown = db
    .prepare<[MediaId], [number]>(`SELECT 1 FROM messages WHERE ${showsMedia('?')} LIMIT 1`)
    .raw()
  const isPhoto = db
    .prepare<{ id: MediaId; holder: string }, [number]>(
      `SELECT 1 FROM users WHERE id = :holder AND avatar_id = :id
       UNION ALL SELECT 1 FROM conversations WHERE id = :holder AND avatar_id = :id`,
    )
    .raw()
  const isHeld = db
    .prepare<{ id: MediaId }, [number]>(
      `SELECT 1 FROM report_media WHERE media_id = :id AND NOT EXISTS
         (SELECT 1 FROM banned JOIN media ON media.blob_id = banned.blob_id WHERE media.id = :id) LIMIT 1`,
    )
    .raw()
  const remove = db.prepare<[MediaId]>('DELETE FROM media WHERE id = ?')
  const isNamed = db
    .prepare<{ id: BlobId }, [number]>(
      `SELECT 1 FROM media WHERE blob_id = :id UNION ALL SELECT 1 FROM media WHERE thumb_id = :id LIMIT 1`,
    )
    .raw()
  const selectBlob = db
    .prepare<[BlobId], [number, number]>('SELECT reserved_at, is_condemned FROM blobs WHERE id = ?')
    .raw()
  const reserve = db.prepare<[BlobId, number]>(
    `INSERT INTO blobs (id, reserved_at, is_condemned) VALUES (?, ?, 0)
     ON CONFLICT (id) DO UPDATE SET reserved_at = max(reserved_at, excluded.reserved_at)`,
  )
  const condemn = db.prepare<[BlobId]>('UPDATE blobs SET is_condemned = 1 WHERE id = ?')
  const forget = db.prepare<[BlobId]>('DELETE FROM blobs WHERE id = ?')

  function rowOf(id: MediaId): MediaRow | null {
    const row = select.get(id)
    return row === undefined ? null : mediaFrom(row)
  }

  function put(row: MediaRow): MediaRow {
    const { found } = row
    insert.run(
      row.id,
      row.ownerId,
      row.state,
      weightOf(row),
      row.touchedAt,
      found?.blobId ?? null,
      found?.thumbId ?? null,
      factsOf(row),
    )
    return row
  }

  return {
    beginMedia(media: NewMedia, bounds: MediaBounds): MediaRow {
      const { id, ownerId, purpose, name, declaredBytes, now } = media
      const known = rowOf(id)
      if (known !== null) {
        const isSame =
          known.ownerId === ownerId && known.purpose === purpose && known.declaredBytes === declaredBytes
        if (!isSame) throw new PalabreError('UPLOAD_ID_CONFLICT')
        return known
      }
      const [unfinished, bytes] = selectSum.get(ownerId) ?? [0, 0]
      if (unfinished >= bounds.unfinished) throw new PalabreError('UPLOADS_TOO_MANY')
      if (bytes + declaredBytes > bounds.bytes)
        throw new PalabreError('QUOTA_EXCEEDED', { details: { usedBytes: bytes, maxBytes: bounds.bytes } })
      return put({
        id,
        ownerId,
        purpose,
        name,
        declaredBytes,
        createdAt: now,
        touchedAt: now,
        state: 'arriving',
        code: null,
        found: null,
        holder: null,
      })
    },

    settleMedia(id: MediaId, end: { found: MediaFound } | { code: ErrorCode }, now: number): MediaRow | null {
      const row = rowOf(id)
      if (row === null || row.state !== 'arriving') return row
      return 'found' in end
        ? put({ ...row, state: 'ready', found: end.found, touchedAt: now })
        : put({ ...row, state: 'refused', code: end.code, touchedAt: now })
    },

    claimMedia(id: MediaId, now: number): MediaRow | null {
      const row = rowOf(id)
      return row === null ? null : put({ ...row, touchedAt: Math.max(row.touchedAt, now) })
    },

    setMediaThumb(id: MediaId, thumbId: BlobId): void {
      const row = rowOf(id)
      if (row !== null && row.found !== null) put({ ...row, found: { ...row.found, thumbId } })
    },

    setMediaHolder(id: MediaId, holder: MediaHolder): void {
      const row = rowOf(id)
      if (row !== null) put({ ...row, holder })
    },

    dropMedia(id: MediaId, before: number): boolean {
      const row = rowOf(id)
      if (row === null || row.touchedAt >= before || isShown.get(id) !== undefined) return false
      if (isHeld.get({ id }) !== undefined) return false
      const { holder } = row
      if (holder !== null) {
        const name = 'userId' in holder ? holder.userId : holder.conversationId
        if (isPhoto.get({ id, holder: name }) !== undefined) return false
      }
      return remove.run(id).changes === 1
    },

    reserveBlob(id: BlobId, now: number): boolean {
      if (selectBlob.get(id)?.[1] === 1) return false
      reserve.run(id, now)
      return true
    },

    condemnBlob(id: BlobId, before: number): boolean {
      const row = selectBlob.get(id)
      if (row === undefined) return false
      if (row[1] === 1) return true
      if (row[0] >= before || isNamed.get({ id }) !== undefined) return false
      condemn.run(id)
      return true
    },

    forgetBlob(id: BlobId): void {
      forget.run(id)
    },
  }
}
