// What nothing shows any more goes (MED-3, MED-5): now and then all rows are looked through, a page at a time, then the
// blobs that they spoke for. The store decides each case by itself, so it may run on several nodes, stop anywhere and begin
// again. Blobs that the store has never spoken for are left alone: they may be somebody else's.
import { limits, type UserId } from '@palabre/protocol'
import type { Logger } from 'pino'
import type { BlobId, Blobs } from '../../blobs/port.ts'
import type { MediaStore } from '../../store/port/media.ts'

const everyMs = 60 * 60_000
const pageRows = 200
/** From a medium being named to the commit of what names it. */
const takenUpMs = 60_000

export interface CollectionParts {
  media: MediaStore
  blobs: Pick<Blobs, 'delete'>
  /** Of an upload: what has arrived of it. */
  removeBytes(id: string): Promise<void>
  logger: Pick<Logger, 'warn'>
  now(): number
}

export interface Collection {
  /** Looks through everything once; answers how many went. */
  run(): Promise<{ media: number; blobs: number }>
  /** Somebody's own that nothing shows, without waiting for its time (ERASE-4). */
  ofOwner(ownerId: UserId): Promise<void>
  stop(): void
}

export function startCollection(parts: CollectionParts): Collection {
  const { media, blobs, removeBytes, logger, now } = parts
  let isStopped = false

  async function dropMedia(before: number): Promise<number> {
    let dropped = 0
    let page = await media.page(null, pageRows)
    while (page.length > 0 && !isStopped) {
      for (const { id, touchedAt, state } of page) {
        if (touchedAt >= before) continue
        if (state !== 'ready') await removeBytes(id)
        if (await media.drop(id, before)) dropped += 1
      }
      page = await media.page(page.at(-1)?.id ?? null, pageRows)
    }
    return dropped
  }

  async function deleteBlobs(before: number): Promise<number> {
    let deleted = 0
    let after: BlobId | null = null
    while (!isStopped) {
      const page: { id: BlobId; isCondemned: boolean }[] = await media.blobs(after, pageRows)
      const last = page.at(-1)
      if (last === undefined) break
      after = last.id
      for (const { id } of page) {
        if (!(await media.condemn(id, before))) continue
        await blobs.delete(id)
        await media.forget(id)
        deleted += 1
      }
    }
    return deleted
  }

  async function run() {
    const before = now() - limits.uploadLifeMs
    return { media: await dropMedia(before), blobs: await deleteBlobs(before) }
  }

  /** What somebody else has just taken up to send on is left to the next `run`. */
  async function ofOwner(ownerId: UserId): Promise<void> {
    const before = now() - takenUpMs
    let page = await media.ofOwner(ownerId, null, pageRows)
    while (page.length > 0 && !isStopped) {
      for (const { id, state, found } of page) {
        if (state !== 'ready') await removeBytes(id)
        if (await media.drop(id, before)) await deleteThese([found?.blobId, found?.thumbId], before)
      }
      page = await media.ofOwner(ownerId, page.at(-1)?.id ?? null, pageRows)
    }
  }

  async function deleteThese(ids: (BlobId | null | undefined)[], before: number): Promise<void> {
    for (const id of ids) {
      if (id === null || id === undefined || !(await media.condemn(id, before))) continue
      await blobs.delete(id)
      await media.forget(id)
    }
  }

  const timer = setInterval(() => {
    run().catch((error: unknown) => logger.warn({ err: error }, 'media could not be collected'))
  }, everyMs)
  timer.unref()
  return {
    run,
    ofOwner,
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}
