// Uploads and media: who may begin what (MED-1, MED-3), what becomes of it (MED-4), what a message may show (MED-2), and
// who may fetch what (MED-7). How bytes come and go is the transport's; where they lie, the store's and the blobs'.
import { mkdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Logger } from 'pino'
import {
  PalabreError,
  contentOf,
  limits,
  type Content,
  type Media as MediaFacts,
  type MediaId,
  type SentContent,
  type UploadMetadata,
  type UserId,
} from '@palabre/protocol'
import type { BlobId, BlobRange, BlobReading, Blobs } from '../../blobs/port.ts'
import type { Config } from '../../config.ts'
import type { MediaHolder, MediaRow } from '../../store/port/media.ts'
import type { Store } from '../../store/port/store.ts'
import { received } from './arrival.ts'
import { startCollection, type Collection } from './collection.ts'
import { servedAs } from './content-types.ts'
import { cleanName } from './names.ts'
import { removeBytes as removeForGood, type Removing } from './removal.ts'

/** Something to be answered. */
export interface Served {
  blobId: BlobId
  bytes: number
  type: string
  isShown: boolean
  name: string
}

export interface Media {
  /** Where what has arrived of uploads lies, by their ids. */
  readonly uploadsDir: string
  readonly collection: Collection
  /** @throws what a beginning can be refused for (MED-1, MED-3) */
  begin(ownerId: UserId, metadata: UploadMetadata, bytes: number): Promise<MediaRow>
  /** One's own upload, whatever has become of it. @throws UPLOAD_NOT_FOUND */
  uploadOf(ownerId: UserId, id: MediaId): Promise<MediaRow>
  /** Once all bytes are there: looks at them, once. @throws why they are refused · UPLOAD_UNFINISHED · STORE_UNAVAILABLE */
  finish(row: MediaRow): Promise<MediaRow>
  /** A message's content as it is to be stored. @throws why it cannot be sent (MED-2) */
  complete(ownerId: UserId, sent: SentContent): Promise<Content>
  /** A photo that is this person's to set, from now on held. @throws as `complete` */
  photo(ownerId: UserId, id: MediaId, holder: MediaHolder): Promise<void>
  facts(row: MediaRow): MediaFacts | null
  /** What this person may fetch. @throws NOT_FOUND */
  served(userId: UserId, id: MediaId, part: 'media' | 'thumbnail'): Promise<Served>
  /** A small picture of a group's photo, for who may look at the group without being in it; base64. */
  smallPhoto(id: MediaId): Promise<string | null>
  /** Removes bytes for good; answers how many messages showed them (REP-6). */
  remove(by: Pick<Removing, 'log' | 'takeTurn'>, blobId: BlobId): Promise<number>
  read(id: BlobId, range: BlobRange | undefined, signal: AbortSignal): Promise<BlobReading>
  /** Resolves when what is being looked at has been. */
  close(): Promise<void>
}

export interface MediaParts {
  config: Pick<Config, 'uploadsDir' | 'uploadMaxBytes' | 'mediaQuotaBytes' | 'mediaFreeBytes'>
  store: Store
  blobs: Blobs
  /** Whether this person may see that one's profile. */
  maySee(userId: UserId, otherId: UserId): Promise<boolean>
  logger: Logger
  now(): number
}

const thumbnailType = 'image/webp'

export function createMedia(parts: MediaParts): Media {
  const { config, store, blobs, logger, now } = parts
  const { uploadsDir } = config
  const finishing = new Map<MediaId, Promise<MediaRow>>()
  const pathOf = (id: MediaId) => join(uploadsDir, id)
  const collection = startCollection({ media: store.media, blobs, removeBytes, logger, now })

  async function removeBytes(id: string): Promise<void> {
    await Promise.all(
      ['', '.json', '.drawn'].map((ending) => rm(join(uploadsDir, id + ending), { force: true })),
    )
  }

  async function needRoom(bytes: number): Promise<void> {
    await mkdir(uploadsDir, { recursive: true, mode: 0o700 })
    const { bavail, bsize } = await statfs(uploadsDir)
    // Once as it arrives, and once more where it is kept.
    if (bavail * bsize - 2 * bytes < config.mediaFreeBytes) {
      logger.error('the disk is too full to take uploads')
      throw new PalabreError('STORAGE_FULL')
    }
  }

  async function uploadOf(ownerId: UserId, id: MediaId): Promise<MediaRow> {
    const row = await store.media.byId(id)
    if (row === null || row.ownerId !== ownerId) throw new PalabreError('UPLOAD_NOT_FOUND')
    return row
  }

  async function look(row: MediaRow): Promise<MediaRow> {
    const path = pathOf(row.id)
    const there = await stat(path).catch(() => null)
    if (there === null || there.size !== row.declaredBytes) {
      // Another node may have been faster.
      const after = await store.media.byId(row.id)
      if (after === null || after.state === 'arriving') throw new PalabreError('UPLOAD_UNFINISHED')
      return after
    }
    const end = await received({ blobs, media: store.media, now }, path, row).then(
      (found) => ({ found }),
      (error: unknown) => {
        if (error instanceof PalabreError && error.retry === 'never') return { code: error.code }
        throw error
      },
    )
    const isBanned = 'found' in end && (await store.reports.isBanned(end.found.blobId))
    const settled = await store.media.settle(row.id, isBanned ? { code: 'MEDIA_REMOVED' } : end, now())
    if (settled === null) throw new PalabreError('UPLOAD_NOT_FOUND')
    await removeBytes(row.id)
    return settled
  }

  async function finish(row: MediaRow): Promise<MediaRow> {
    let settled = row
    if (row.state === 'arriving') {
      const running = finishing.get(row.id) ?? look(row).finally(() => finishing.delete(row.id))
      finishing.set(row.id, running)
      settled = await running
    }
    if (settled.code !== null) throw new PalabreError(settled.code)
    return settled
  }

  /** Ready to be named by something, and safe from being collected for a while. */
  async function usable(ownerId: UserId, id: MediaId, isTheirs: boolean): Promise<MediaRow> {
    const row = await store.media.byId(id)
    const mayUse =
      row !== null &&
      (row.ownerId === ownerId || (!isTheirs && (await store.media.isShownTo(ownerId, id, now()))))
    if (!mayUse) throw new PalabreError('UPLOAD_NOT_FOUND', { details: { path: 'mediaId' } })
    const finished = await finish(row)
    const blobId = finished.found?.blobId
    if (blobId !== undefined && (await store.reports.isBanned(blobId)))
      throw new PalabreError('MEDIA_REMOVED')
    if ((await store.media.claim(id, now())) === null) throw new PalabreError('UPLOAD_NOT_FOUND')
    return finished
  }

  function facts({ id, name, found }: MediaRow): MediaFacts | null {
    if (found === null) return null
    const { contentType, bytes, width, height, placeholder, thumbId } = found
    return {
      id,
      contentType,
      bytes,
      name,
      width,
      height,
      durationMs: null,
      waveform: null,
      placeholder,
      hasThumbnail: thumbId !== null,
    }
  }

  async function isPhotoFor(userId: UserId, { id, holder }: MediaRow): Promise<boolean> {
    if (holder === null) return false
    if ('userId' in holder) {
      const user = await store.users.byId(holder.userId)
      return user?.avatarId === id && (await parts.maySee(userId, holder.userId))
    }
    const [conversation, member] = await Promise.all([
      store.conversations.byId(holder.conversationId),
      store.members.one(holder.conversationId, userId),
    ])
    return conversation?.header.avatarId === id && member !== null
  }

  /** Operators see the files of what is reported, as long as it is open (REP-3). */
  async function isReportedTo(userId: UserId, id: MediaId): Promise<boolean> {
    return (await store.reports.shows(id)) && (await store.users.roleOf(userId)) === 'operator'
  }

  return {
    uploadsDir,
    collection,
    uploadOf,
    finish,
    facts,

    async begin(ownerId, { id, purpose, name = '' }, bytes) {
      const known = await store.media.byId(id)
      if (known === null) {
        if (bytes > config.uploadMaxBytes)
          throw new PalabreError('UPLOAD_TOO_LARGE', { details: { maxBytes: config.uploadMaxBytes } })
        await needRoom(bytes)
      }
      return store.media.begin(
        { id, ownerId, purpose, name: cleanName(name), declaredBytes: bytes, now: now() },
        { unfinished: limits.uploadsUnfinished, bytes: config.mediaQuotaBytes },
      )
    },

    async complete(ownerId, sent) {
      const content = contentOf(sent)
      if (!('mediaId' in sent.body) || !('media' in content.body) || content.body.media === null)
        return content
      const row = await usable(ownerId, sent.body.mediaId, false)
      if (row.purpose !== sent.kind) throw new PalabreError('MEDIA_TYPE_WRONG', { details: { path: 'kind' } })
      let found = facts(row)
      if (found === null) throw new PalabreError('UPLOAD_NOT_FOUND')
      const { posterId } = sent.body
      if (sent.kind === 'video' && posterId !== undefined && row.ownerId === ownerId) {
        const poster = await usable(ownerId, posterId, true)
        if (poster.purpose !== 'poster' || poster.found === null)
          throw new PalabreError('MEDIA_TYPE_WRONG', { details: { path: 'posterId' } })
        await store.media.setThumb(row.id, poster.found.blobId)
        found = { ...found, hasThumbnail: true, placeholder: poster.found.placeholder }
      }
      const { width, height, durationMs, waveform } = content.body.media
      const media = {
        ...found,
        width: found.width ?? width,
        height: found.height ?? height,
        durationMs,
        waveform,
      }
      return { ...content, body: { ...content.body, media } } as Content
    },

    async photo(ownerId, id, holder) {
      const row = await usable(ownerId, id, true)
      if (row.purpose !== 'photo')
        throw new PalabreError('MEDIA_TYPE_WRONG', { details: { path: 'mediaId' } })
      await store.media.setHolder(id, holder)
    },

    async served(userId, id, part) {
      const row = await store.media.byId(id)
      const found = row?.found ?? null
      if (row === null || found === null || row.purpose === 'poster') throw new PalabreError('NOT_FOUND')
      const { purpose } = row
      const maySee =
        purpose === 'photo'
          ? await isPhotoFor(userId, row)
          : (await store.media.isShownTo(userId, id, now())) || (await isReportedTo(userId, id))
      if (!maySee) throw new PalabreError('NOT_FOUND')
      if (part === 'media')
        return {
          blobId: found.blobId,
          bytes: found.bytes,
          name: row.name,
          ...servedAs(found.contentType, purpose),
        }
      if (found.thumbId === null) throw new PalabreError('NOT_FOUND')
      const bytes = await blobs.size(found.thumbId)
      if (bytes === null) throw new PalabreError('NOT_FOUND')
      return { blobId: found.thumbId, bytes, name: '', type: thumbnailType, isShown: true }
    },

    async smallPhoto(id) {
      const found = (await store.media.byId(id))?.found ?? null
      const thumbId = found?.thumbId ?? null
      if (thumbId === null) return found?.placeholder ?? null
      try {
        const { body } = await blobs.read(thumbId)
        return (await buffer(body)).toString('base64')
      } catch {
        // A picture is not worth refusing to show the rest.
        return null
      }
    },

    remove: ({ log, takeTurn }, blobId) => removeForGood({ log, takeTurn, store, blobs, now }, blobId),

    read: (id, range, signal) => blobs.read(id, { ...(range !== undefined && { range }), signal }),

    async close() {
      collection.stop()
      await Promise.allSettled(finishing.values())
    },
  }
}
