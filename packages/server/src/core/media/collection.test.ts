// What is collected, and what is not, over a real store and real files.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pino } from 'pino'
import { v7 } from 'uuid'
import { limits, PalabreError, type MediaId, type User, type UserId } from '@palabre/protocol'
import { openDiskBlobs } from '../../blobs/disk.ts'
import type { Blobs } from '../../blobs/port.ts'
import type { Store } from '../../store/port/store.ts'
import { openSqliteStore } from '../../store/sqlite/open.ts'
import { createMedia, type Media, type MediaParts } from './media.ts'

const start = 1_750_000_000_000
let clock = start
let dir = ''
let store: Store
let blobs: Blobs
let media: Media
let alice: User

const config: MediaParts['config'] = {
  uploadsDir: '',
  uploadMaxBytes: 1_000,
  mediaQuotaBytes: 10_000,
  mediaFreeBytes: 0,
}

function mediaWith(given: Partial<MediaParts['config']> = {}, keptIn = blobs): Media {
  return createMedia({
    config: { ...config, uploadsDir: join(dir, 'uploads'), ...given },
    store,
    blobs: keptIn,
    maySee: () => Promise.resolve(true),
    logger: pino({ level: 'silent' }),
    now: () => clock,
  })
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'palabre-collection-'))
  mkdirSync(join(dir, 'uploads'))
  store = await openSqliteStore({ dataDir: dir, now: () => clock })
  blobs = await openDiskBlobs(join(dir, 'media'))
  media = mediaWith()
  alice = await store.users.create({
    id: v7() as UserId,
    username: 'alice',
    skeleton: 'alice',
    displayName: 'Alice',
    passwordHash: 'hash',
    now: start,
  })
})
afterAll(async () => {
  await media.close()
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})

/** A run of it, a day and a minute later. */
async function collectLater(): Promise<{ media: number; blobs: number }> {
  clock += limits.uploadLifeMs + 60_000
  return mediaWith().collection.run()
}

async function arrive(content: string): Promise<MediaId> {
  const id = v7() as MediaId
  const row = await media.begin(alice.id, { id, purpose: 'file', name: 'a.txt' }, content.length)
  writeFileSync(join(dir, 'uploads', id), content)
  await media.finish(row)
  return id
}

const files = () =>
  readdirSync(join(dir, 'media'), { recursive: true }).filter((name) => String(name).length > 60)

test('[MED-3] [MED-5] what was never finished or never shown is gone after a day, bytes and all', async () => {
  const unfinished = v7() as MediaId
  await media.begin(alice.id, { id: unfinished, purpose: 'file' }, 10)
  writeFileSync(join(dir, 'uploads', unfinished), 'half')
  const unused = await arrive('words that nobody sent')
  expect(files()).toHaveLength(1)
  expect(await mediaWith().collection.run()).toEqual({ media: 0, blobs: 0 })
  expect(await collectLater()).toEqual({ media: 2, blobs: 1 })
  expect(existsSync(join(dir, 'uploads', unfinished))).toBe(false)
  expect(files()).toEqual([])
  await expect(media.uploadOf(alice.id, unused)).rejects.toMatchObject({ code: 'UPLOAD_NOT_FOUND' })
})

test('[MED-5] the same bytes are kept once, and as long as one of those who brought them needs them', async () => {
  const [one, two] = [await arrive('the same words'), await arrive('the same words')]
  expect(files()).toHaveLength(1)
  clock += limits.uploadLifeMs + 60_000
  await store.media.claim(two, clock)
  expect(await mediaWith().collection.run()).toEqual({ media: 1, blobs: 0 })
  expect([await store.media.byId(one), (await store.media.byId(two))?.state]).toEqual([null, 'ready'])
  expect(await collectLater()).toEqual({ media: 1, blobs: 1 })
})

test('[MED-5] bytes that arrive while they are being deleted are there afterwards', async () => {
  const bytes = 'words that come back'
  await arrive(bytes)
  clock += limits.uploadLifeMs + 60_000
  let again: Promise<MediaId> | null = null
  const deleting: Blobs['delete'] = async (id) => {
    // It is condemned: whoever brings it now waits until it is gone.
    again = arrive(bytes)
    await blobs.delete(id)
  }
  await mediaWith({}, { ...blobs, delete: deleting }).collection.run()
  expect(again).not.toBeNull()
  const id = await (again as unknown as Promise<MediaId>)
  const { found } = (await store.media.byId(id)) ?? { found: null }
  if (found === null) throw new Error('it is not there')
  expect(await blobs.size(found.blobId)).toBe(bytes.length)
})

test('[MED-3] a disk that is nearly full takes nothing', async () => {
  const full = mediaWith({ mediaFreeBytes: Number.MAX_SAFE_INTEGER })
  const refused = full.begin(alice.id, { id: v7() as MediaId, purpose: 'file' }, 10)
  await expect(refused).rejects.toMatchObject(new PalabreError('STORAGE_FULL'))
})
