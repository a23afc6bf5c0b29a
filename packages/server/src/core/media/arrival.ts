// What is done with an upload whose last byte has come (MED-4, MED-5): what it is, drawn anew where it is a picture,
// hashed, and put where blobs are. Whoever does it twice does it once: blobs are named by their bytes.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { PalabreError } from '@palabre/protocol'
import type { Blob, BlobId, Blobs } from '../../blobs/port.ts'
import type { MediaFound, MediaRow, MediaStore } from '../../store/port/media.ts'
import { typeFor } from './content-types.ts'
import { forgetPlaces } from './places.ts'
import { redraw } from './pictures.ts'

/** Of what is shown; a document is kept to the letter. */
const withBoxes = new Set(['video/mp4', 'video/quicktime', 'audio/mp4'])

/** A blob that is just being deleted is gone after a moment. */
const reserveAttempts = 50
const reserveWaitMs = 100

export interface ArrivalParts {
  blobs: Pick<Blobs, 'put'>
  media: Pick<MediaStore, 'reserve'>
  now(): number
}

/**
 * What is in the file at `path`; its bytes are kept from then on.
 * @throws MEDIA_TYPE_WRONG, MEDIA_UNREADABLE for good · STORE_UNAVAILABLE
 */
export async function received(
  parts: ArrivalParts,
  path: string,
  { purpose }: Pick<MediaRow, 'purpose'>,
): Promise<MediaFound> {
  const contentType = await typeFor(path, purpose)
  if (purpose !== 'image' && purpose !== 'poster' && purpose !== 'photo') {
    if (withBoxes.has(contentType) && purpose !== 'file') await forgetPlaces(path)
    const blob = await putFile(parts, path)
    return { ...named(blob), contentType, width: null, height: null, placeholder: null, thumbId: null }
  }
  const drawn = `${path}.drawn`
  try {
    const { thumbnail, ...picture } = await redraw(path, drawn, contentType, purpose)
    const blob = await putFile(parts, drawn)
    const thumb = purpose === 'poster' ? null : await putBytes(parts, thumbnail)
    return { ...named(blob), ...picture, thumbId: thumb?.id ?? null }
  } finally {
    await rm(drawn, { force: true })
  }
}

function named({ id, bytes }: Blob) {
  return { blobId: id, bytes }
}

async function putFile(parts: ArrivalParts, path: string): Promise<Blob> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  const blob = { id: hash.digest('hex') as BlobId, bytes: (await stat(path)).size }
  await put(parts, blob, () => createReadStream(path))
  return blob
}

async function putBytes(parts: ArrivalParts, bytes: Buffer): Promise<Blob> {
  const blob = { id: createHash('sha256').update(bytes).digest('hex') as BlobId, bytes: bytes.length }
  await put(parts, blob, () => Readable.from([bytes]))
  return blob
}

/** Speaks for it first: from then on it is not collected. */
async function put({ blobs, media, now }: ArrivalParts, blob: Blob, source: () => Readable): Promise<void> {
  for (let attempt = 0; !(await media.reserve(blob.id, now())); attempt += 1) {
    if (attempt >= reserveAttempts) throw new PalabreError('STORE_UNAVAILABLE')
    await wait(reserveWaitMs)
  }
  await blobs.put(blob, source())
}
