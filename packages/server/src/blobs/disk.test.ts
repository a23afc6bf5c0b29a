import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blobOf, blobsContract, streamOf } from './contract.ts'
import { openDiskBlobs } from './disk.ts'
import type { Blobs } from './port.ts'

let dir = ''
let blobs: Blobs
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'palabre-media-'))
  blobs = await openDiskBlobs(dir)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const files = () =>
  Promise.resolve(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort(),
  )

blobsContract('a disk', { blobs: () => blobs, kept: files, partBytes: 1_024 * 1_024 })

test('the first byte alone can be asked for', async () => {
  const blob = blobOf(randomBytes(100))
  await blobs.put(blob, streamOf(blob.content))
  const { body, length } = await blobs.read(blob.id, { range: { start: 0, end: 0 } })
  expect([length, await buffer(body)]).toEqual([1, blob.content.subarray(0, 1)])
})

test('[SEC-25] files and folders are for their owner only', async () => {
  const blob = blobOf(randomBytes(100))
  await blobs.put(blob, streamOf(blob.content))
  const folder = join(dir, blob.id.slice(0, 2))
  expect(statSync(join(folder, blob.id)).mode & 0o777).toBe(0o600)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('a file that has lost its end is written again by the next who has it', async () => {
  const blob = blobOf(randomBytes(1_000))
  await blobs.put(blob, streamOf(blob.content))
  writeFileSync(join(dir, blob.id.slice(0, 2), blob.id), blob.content.subarray(0, 400))
  expect(await blobs.put(blob, streamOf(blob.content))).toBe('stored')
  expect((await buffer((await blobs.read(blob.id)).body)).equals(blob.content)).toBe(true)
})

test('what a killed server left half-written is removed a day later, and what is being written is not', async () => {
  const [old, young] = [join(dir, 'drafts', 'old'), join(dir, 'drafts', 'young')]
  for (const draft of [old, young]) writeFileSync(draft, 'half')
  const yesterday = (Date.now() - 25 * 60 * 60_000) / 1_000
  utimesSync(old, yesterday, yesterday)
  await openDiskBlobs(dir)
  expect([existsSync(old), existsSync(young)]).toEqual([false, true])
  rmSync(young)
})

test('other things in the folder are not blobs', async () => {
  writeFileSync(join(dir, 'README'), 'not a blob')
  for await (const { id } of blobs.list()) expect(id).toMatch(/^[0-9a-f]{64}$/u)
  rmSync(join(dir, 'README'))
})

test('a folder that cannot be one is said in one sentence', async () => {
  const file = join(dir, 'a-file')
  writeFileSync(file, '')
  await expect(openDiskBlobs(join(file, 'media'))).rejects.toThrow(/^media cannot be kept in .*: ENOTDIR$/u)
  rmSync(file)
})
