// Media over SQLite, the server's side.
import type { ConversationId, MediaId, MessageId, UserId } from '@palabre/protocol'
import type { BlobId } from '../../blobs/port.ts'
import type { MediaRow, MediaStore } from '../port/media.ts'
import type { Reader } from './reader.ts'
import { mediaColumns, mediaFrom, showsMedia, type MediaColumns } from './media-rows.ts'
import type { Writer } from './writer.ts'

export function sqliteMedia({ db }: Reader, writer: Writer): MediaStore {
  const select = db.prepare<[MediaId], MediaColumns>(`SELECT ${mediaColumns} FROM media WHERE id = ?`).raw()
  const selectPage = db
    .prepare<[string, number], MediaColumns>(
      `SELECT ${mediaColumns} FROM media WHERE id > ? ORDER BY id LIMIT ?`,
    )
    .raw()
  const selectOfOwner = db
    .prepare<[UserId, string, number], MediaColumns>(
      `SELECT ${mediaColumns} FROM media INDEXED BY media_by_owner WHERE owner_id = ? AND id > ? ORDER BY id LIMIT ?`,
    )
    .raw()
  const selectShown = db
    .prepare<{ id: MediaId; user: UserId; now: number }, [number]>(
      `SELECT 1 FROM messages JOIN members
         ON members.conversation = messages.conversation AND members.user_id = :user
       WHERE ${showsMedia(':id')} AND seq >= joined_seq AND (expires_at IS NULL OR expires_at > :now) LIMIT 1`,
    )
    .raw()
  const selectOfBlob = db
    .prepare<[BlobId], MediaColumns>(`SELECT ${mediaColumns} FROM media WHERE blob_id = ?`)
    .raw()
  const selectShowing = db.prepare<[MediaId, number], { conversationId: ConversationId; id: MessageId }>(
    `SELECT (SELECT id FROM conversations WHERE key = conversation) AS conversationId, id
     FROM messages WHERE ${showsMedia('?')} LIMIT ?`,
  )
  const selectBlobs = db
    .prepare<[string, number], [BlobId, number]>(
      'SELECT id, is_condemned FROM blobs WHERE id > ? ORDER BY id LIMIT ?',
    )
    .raw()

  return {
    begin: (media, bounds) => writer.write('beginMedia', media, bounds),
    async byId(id): Promise<MediaRow | null> {
      const row = select.get(id)
      return row === undefined ? null : mediaFrom(row)
    },
    settle: (id, end, now) => writer.write('settleMedia', id, end, now),
    claim: (id, now) => writer.write('claimMedia', id, now),
    setThumb: (id, thumbId) => writer.write('setMediaThumb', id, thumbId),
    setHolder: (id, holder) => writer.write('setMediaHolder', id, holder),
    async isShownTo(user, id, now) {
      return selectShown.get({ id, user, now }) !== undefined
    },
    async page(after, limit) {
      return selectPage.all(after ?? '', limit).map(mediaFrom)
    },
    async ofOwner(ownerId, after, limit) {
      return selectOfOwner.all(ownerId, after ?? '', limit).map(mediaFrom)
    },
    async ofBlob(blobId) {
      return selectOfBlob.all(blobId).map(mediaFrom)
    },
    async shownIn(id, limit) {
      return selectShowing.all(id, limit)
    },
    drop: (id, before) => writer.write('dropMedia', id, before),
    reserve: (id, now) => writer.write('reserveBlob', id, now),
    async blobs(after, limit) {
      return selectBlobs
        .all(after ?? '', limit)
        .map(([id, isCondemned]) => ({ id, isCondemned: isCondemned === 1 }))
    },
    condemn: (id, before) => writer.write('condemnBlob', id, before),
    forget: (id) => writer.write('forgetBlob', id),
  }
}
