// The part of a backup that people sent as files: each blob under its own hash, in the order of their ids, and a list at
// the end that says how many there were. A blob is its own proof, so the manifest, which comes first, names none of
// them: while a backup is written the server may delete one and store another. Also, what of them a store names and
// nobody has.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { PalabreError } from '@palabre/protocol'
import { z } from 'zod'
import { BlobId, type Blob, type Blobs } from '../blobs/port.ts'
import type { Doctor, Fault } from '../store/port/doctor.ts'
import { headerOf, paddingOf, type TarReader } from './tar.ts'

const folder = 'media/'
const listName = 'media.json'
const listMaxBytes = 1_024

const List = z.strictObject({
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** SHA-256 of the ids, one after the other. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
})

/** What was written or read. */
export interface MediaCount {
  files: number
  bytes: number
  /** Ids of those whose bytes are not what their name says: the disk has spoiled them. */
  damaged: BlobId[]
}

interface WriteMedia {
  modifiedAt: number
  put: (bytes: Buffer) => Promise<void>
  signal: AbortSignal
  onProgress: (files: number) => void
}

/** @throws STORE_UNAVAILABLE · when a blob ends before its end */
export async function writeMedia(
  blobs: Blobs,
  { modifiedAt, put, signal, onProgress }: WriteMedia,
): Promise<MediaCount> {
  const count: MediaCount = { files: 0, bytes: 0, damaged: [] }
  const ids = createHash('sha256')
  for await (const { id } of blobs.list()) {
    signal.throwIfAborted()
    const reading = await blobs.read(id, { signal }).catch(ifGone)
    if (reading === null) continue
    await put(headerOf({ name: `${folder}${id}`, size: reading.bytes, modifiedAt }))
    const hash = createHash('sha256')
    let written = 0
    for await (const chunk of reading.body as AsyncIterable<Buffer>) {
      hash.update(chunk)
      written += chunk.length
      await put(chunk)
    }
    if (written !== reading.bytes) throw new Error(`the file ${id} ended before its end: begin again`)
    await put(paddingOf(written))
    if (hash.digest('hex') !== id) count.damaged.push(id)
    ids.update(id)
    count.files += 1
    count.bytes += written
    onProgress(count.files)
  }
  const { files, bytes } = count
  const list = Buffer.from(`${JSON.stringify({ files, bytes, sha256: ids.digest('hex') })}\n`)
  await put(headerOf({ name: listName, size: list.length, modifiedAt }))
  await put(list)
  await put(paddingOf(list.length))
  return count
}

/** Deleted since it was listed: nothing showed it any more. */
function ifGone(error: unknown): null {
  if (error instanceof PalabreError && error.code === 'NOT_FOUND') return null
  throw error
}

interface ReadMedia {
  /** Where they go; null: they are only looked at. */
  to: Blobs | null
  signal: AbortSignal
  /** Each, as it has been found to be what it should be. */
  onFile: (blob: Blob, files: number) => void
}

/** @throws with one sentence when a file is missing, out of order or strange; STORE_UNAVAILABLE */
export async function readMedia(tar: TarReader, { to, signal, onFile }: ReadMedia): Promise<MediaCount> {
  const count: MediaCount = { files: 0, bytes: 0, damaged: [] }
  const ids = createHash('sha256')
  let last = ''
  for (;;) {
    signal.throwIfAborted()
    const entry = await tar.next()
    if (entry?.name === listName && entry.size <= listMaxBytes) break
    const id = BlobId.safeParse(entry?.name.startsWith(folder) ? entry.name.slice(folder.length) : '')
    if (entry === null || !id.success || id.data <= last) throw strange()
    last = id.data
    const blob = { id: id.data, bytes: entry.size }
    const isWhole = await take(tar, blob, to, signal)
    ids.update(id.data)
    count.files += 1
    count.bytes += entry.size
    if (isWhole) onFile(blob, count.files)
    else count.damaged.push(id.data)
  }
  const parts: Buffer[] = []
  for await (const chunk of tar.body()) parts.push(chunk)
  const list = List.safeParse(contentOf(Buffer.concat(parts)))
  const { files, bytes } = count
  if (!list.success || list.data.files !== files || list.data.bytes !== bytes) throw strange()
  if (list.data.sha256 !== ids.digest('hex')) throw strange()
  return count
}

/** Whether its bytes are what its name says; then they are in `to`. */
async function take(tar: TarReader, blob: Blob, to: Blobs | null, signal: AbortSignal): Promise<boolean> {
  const hash = createHash('sha256')
  async function* hashing() {
    for await (const chunk of tar.body()) {
      hash.update(chunk)
      yield chunk
    }
  }
  const passed = hashing()
  let isKept = true
  if (to !== null) {
    try {
      await to.put(blob, Readable.from(passed), signal)
    } catch (error) {
      if (!(error instanceof PalabreError) || error.code !== 'INVALID') throw error
      isKept = false
    }
  }
  // What was not asked for, because it was there already, is in the way of the next one.
  for await (const chunk of tar.body()) hash.update(chunk)
  return isKept && hash.digest('hex') === blob.id
}

function strange(): Error {
  return new Error('it is damaged: the files in it are not those that were written')
}

function contentOf(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return null
  }
}

/**
 * What media of a store name and nobody has, or has otherwise. Each blob is asked for once.
 * @param bytesOf how long a blob is; null when it is not there
 */
export async function* missingMedia(
  doctor: Pick<Doctor, 'blobs'>,
  bytesOf: (id: BlobId) => Promise<number | null>,
): AsyncIterable<Fault> {
  const known = new Map<BlobId, number | null>()
  for await (const { id, mediaId, bytes } of doctor.blobs()) {
    const held = known.has(id) ? (known.get(id) ?? null) : await bytesOf(id)
    known.set(id, held)
    if (held !== null && (bytes === null || held === bytes)) continue
    const says = held === null ? `its file ${id} is missing` : `its file ${id} is not as long as it should be`
    yield { check: 'media', where: `media ${mediaId}`, says, canRepair: false }
  }
}
