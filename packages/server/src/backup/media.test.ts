// The files that people sent, in a backup and back: whatever is missing, spoiled, too many or out of place is seen, and
// one spoiled file costs no other.
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { MediaId } from '@palabre/protocol'
import fc from 'fast-check'
import { v7 } from 'uuid'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openDiskBlobs } from '../blobs/disk.ts'
import { BlobId, type Blobs } from '../blobs/port.ts'
import type { Custody } from '../store/port/custody.ts'
import type { NamedBlob } from '../store/port/doctor.ts'
import { missingMedia } from './media.ts'
import { readBackup, type ReadBack } from './read.ts'
import { end, headerOf, paddingOf } from './tar.ts'
import { writeBackup } from './write.ts'

const root = mkdtempSync(join(tmpdir(), 'palabre-media-backup-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const facts = {
  engine: 'sqlite',
  schema: 2,
  epoch: 'e',
  counts: { users: 1, conversations: 2, messages: 3 },
} as const
const custody = {
  async take(file: string) {
    writeFileSync(file, 'the store', { flag: 'wx' })
    return facts
  },
} as Partial<Custody> as Custody
const signal = new AbortController().signal

const files = ['a photo', 'a voice note', 'x'.repeat(3_000), ''].map((text) => Buffer.from(text))
const idOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex') as BlobId

let nth = 0
let dir = root
let blobs: Blobs
beforeEach(async () => {
  dir = join(root, String((nth += 1)))
  blobs = await openDiskBlobs(join(dir, 'from'))
  for (const bytes of files) await blobs.put({ id: idOf(bytes), bytes: bytes.length }, Readable.from([bytes]))
})

async function backup(of: Blobs = blobs) {
  const to = join(dir, 'made.tar')
  const written = await writeBackup(custody, {
    to,
    openMedia: () => Promise.resolve(of),
    overwrites: true,
    signal,
    onProgress: () => undefined,
    out: () => Promise.reject(new Error('there is a file')),
  })
  return { ...written, bytes: readFileSync(to) }
}

let reads = 0
async function read(bytes: Buffer, blobsTo: Blobs | null = null): Promise<ReadBack> {
  const storeTo = join(dir, `store-${(reads += 1)}`)
  async function* chunked() {
    for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700)
  }
  return readBackup(chunked(), {
    storeTo,
    blobsTo,
    signal,
    onProgress: () => undefined,
    onFile: () => undefined,
  })
}

async function contentOf(of: Blobs): Promise<Buffer[]> {
  const all: Buffer[] = []
  for await (const { id } of of.list()) all.push(await buffer((await of.read(id)).body))
  return all
}

const pathOf = (id: BlobId) => join(dir, 'from', id.slice(0, 2), id)

describe('a backup with media', () => {
  test('holds every file, and gives back each byte of it where blobs are kept', async () => {
    const { media, manifest, bytes } = await backup()
    const total = files.reduce((sum, { length }) => sum + length, 0)
    expect(manifest.media).toBe('included')
    expect(media).toEqual({ files: files.length, bytes: total, damaged: [] })
    const into = await openDiskBlobs(join(dir, 'to'))
    expect((await read(bytes, into)).media).toEqual(media)
    expect(await contentOf(into)).toEqual(await contentOf(blobs))
    // What is there already is left as it is.
    expect((await read(bytes, into)).media).toEqual(media)
    expect((await read(bytes)).media).toEqual(media)
  })

  test('passes over what is deleted while it is written', async () => {
    const [gone] = files.map(idOf)
    const listing: Blobs = {
      ...blobs,
      async *list() {
        for await (const blob of blobs.list()) {
          if (blob.id === gone) await blobs.delete(blob.id)
          yield blob
        }
      },
    }
    const { media, bytes } = await backup(listing)
    expect(media?.files).toBe(files.length - 1)
    expect((await read(bytes)).media).toEqual(media)
  })

  test('tells which file the disk has spoiled, when it is written and when it is read, and keeps the others', async () => {
    const spoiled = idOf(files[1] ?? Buffer.alloc(0))
    writeFileSync(pathOf(spoiled), 'a voice nope')
    const { media, bytes } = await backup()
    expect(media?.damaged).toEqual([spoiled])
    const into = await openDiskBlobs(join(dir, 'to'))
    expect((await read(bytes, into)).media?.damaged).toEqual([spoiled])
    expect(await into.size(spoiled)).toBeNull()
    expect(await contentOf(into)).toHaveLength(files.length - 1)
    expect(readdirSync(join(dir, 'to', 'drafts'))).toEqual([])
  })

  test('one flipped bit is seen: the backup is refused, or that file is told', async () => {
    const { bytes } = await backup()
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit)
        const damaged = await read(flipped).then(
          ({ media }) => media?.damaged.length,
          () => 1,
        )
        expect(damaged).toBe(1)
      }),
      { numRuns: 150 },
    )
  })

  test('a file too few, too many, twice or of a strange name is refused', async () => {
    const { bytes } = await backup()
    const at = (name: string) => bytes.indexOf(Buffer.from(`${name}\0`, 'latin1'))
    const ids: BlobId[] = []
    for await (const { id } of blobs.list()) ids.push(id)
    const [first, second] = ids.map((id) => at(`media/${id}`))
    const list = at('media.json')
    if (first === undefined || second === undefined) throw new Error('no files')
    const splice = (from: number, to: number, put: Buffer) =>
      Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)])
    const entry = (name: string) => [
      headerOf({ name, size: 1, modifiedAt: 1 }),
      Buffer.from('x'),
      paddingOf(1),
    ]
    const said = { rejects: /not those that were written/u }
    await expect(read(splice(first, second, Buffer.alloc(0)))).rejects.toThrow(said.rejects)
    await expect(read(splice(second, second, bytes.subarray(first, second)))).rejects.toThrow(said.rejects)
    const own = idOf(Buffer.from('x'))
    for (const name of [`media/${own}`, 'media/../../x', 'media/', 'other'])
      await expect(read(splice(list, list, Buffer.concat(entry(name))))).rejects.toThrow(said.rejects)
    await expect(read(splice(list, bytes.length, end))).rejects.toThrow(said.rejects)
  })
})

test('what a store names and nobody has, or has otherwise, is told by the id of its medium', async () => {
  const [photo = Buffer.alloc(0)] = files
  const named = (id: string, bytes: number | null): NamedBlob => ({
    id: BlobId.parse(id),
    mediaId: MediaId.parse(v7()),
    bytes,
  })
  const whole = named(idOf(photo), photo.length)
  const [missing, short] = [named('0'.repeat(64), 3), named(idOf(photo), photo.length + 1)]
  async function* all() {
    yield* [whole, missing, short, named(idOf(photo), null)]
  }
  const faults = []
  for await (const fault of missingMedia({ blobs: all }, (id) => blobs.size(id))) faults.push(fault)
  expect(faults.map(({ where, says }) => [where, says.replace(/[0-9a-f]{64}/u, 'X')])).toEqual([
    [`media ${missing.mediaId}`, 'its file X is missing'],
    [`media ${short.mediaId}`, 'its file X is not as long as it should be'],
  ])
})
