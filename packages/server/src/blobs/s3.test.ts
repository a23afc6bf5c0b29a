// Against s3rver, which keeps a bucket in a folder. What it cannot do, and S3 can: it takes `bytes=0-0` for the whole,
// lists one page only, never takes an unfinished upload back, does not compare signatures or hashes, and accepts
// parts of any size.
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { s3Credentials, startS3, type TestS3 } from '../../../../tests/kit/deploy/s3.ts'
import { blobOf, blobsContract, streamOf } from './contract.ts'
import type { Blobs } from './port.ts'
import { openS3Blobs, type S3Settings } from './s3.ts'

/** Small, so that many parts are little work. */
const partBytes = 300_000
let server: TestS3
let settings: S3Settings
let blobs: Blobs
beforeAll(async () => {
  server = await startS3()
  const { endpoint, bucket } = server
  settings = { endpoint, bucket, region: 'us-east-1', prefix: 'palabre/', ...s3Credentials }
  blobs = await openS3Blobs(settings, partBytes)
})
afterEach(() => server.intercept(null))
afterAll(async () => {
  await blobs.close()
  await server.stop()
})

blobsContract('S3', { blobs: () => blobs, kept: () => Promise.resolve(server.keys()), partBytes })

test('what else is in the bucket is not touched and not listed', async () => {
  const elsewhere = await openS3Blobs({ ...settings, prefix: 'other/' })
  const blob = blobOf(randomBytes(100))
  await elsewhere.put(blob, streamOf(blob.content))
  expect(server.keys()).toContain(`other/${blob.id}`)
  expect(await blobs.size(blob.id)).toBeNull()
  for await (const { id } of blobs.list()) expect(id).not.toBe(blob.id)
  await blobs.delete(blob.id)
  expect(await elsewhere.size(blob.id)).toBe(100)
  await elsewhere.close()
})

test('a list of several pages goes on where the last one ended', async () => {
  const ids = Array.from({ length: 7 }, () => blobOf(randomBytes(10)).id).sort()
  const begun: string[] = []
  // s3rver cannot answer a page that is not the last one.
  server.intercept((request, response) => {
    const { searchParams } = new URL(request.url ?? '', server.endpoint)
    if (!searchParams.has('list-type')) return false
    const after = searchParams.get('start-after') ?? ''
    begun.push(after)
    const keys = ids.map((id) => `palabre/${id}`).filter((key) => key > after)
    const contents = keys.slice(0, 3).map((key) => `<Contents><Key>${key}</Key><Size>10</Size></Contents>`)
    response.end(
      `<ListBucketResult><IsTruncated>${keys.length > 3}</IsTruncated>${contents.join('')}</ListBucketResult>`,
    )
    return true
  })
  const found: string[] = []
  for await (const { id } of blobs.list()) found.push(id)
  expect(found).toEqual(ids)
  expect(begun).toEqual(['', `palabre/${ids[2] ?? ''}`, `palabre/${ids[5] ?? ''}`])
})

test('an upload in parts that is given up is taken back', async () => {
  const asked: string[] = []
  server.intercept((request) => {
    asked.push(`${request.method ?? ''} ${(request.url ?? '').replace(/uploadId=[^&]*/u, 'uploadId')}`)
    return false
  })
  const blob = blobOf(randomBytes(partBytes * 2))
  const short = streamOf(blob.content.subarray(0, -1))
  await expect(blobs.put(blob, short)).rejects.toMatchObject({ code: 'INVALID' })
  expect(asked.filter((line) => line.startsWith('DELETE') && line.includes('uploadId'))).toHaveLength(1)
  expect(asked.filter((line) => line.startsWith('POST') && line.includes('uploadId'))).toHaveLength(0)
})

test('every body is signed with its own hash, so the storage can refuse what was altered on the way', async () => {
  const hashes: unknown[] = []
  server.intercept((request) => {
    if (request.method === 'PUT') hashes.push(request.headers['x-amz-content-sha256'])
    return false
  })
  const blob = blobOf(randomBytes(1_000))
  await blobs.put(blob, streamOf(blob.content))
  expect(hashes).toEqual([blob.id])
})

test('an answer that is another range than asked for is not handed on', async () => {
  const blob = blobOf(randomBytes(1_000))
  await blobs.put(blob, streamOf(blob.content))
  // s3rver answers all of it.
  await expect(blobs.read(blob.id, { range: { start: 0, end: 0 } })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  })
})

test('a storage that fails or does not answer is unavailable, and nothing is half there', async () => {
  const blob = blobOf(randomBytes(1_000))
  const fails = (answer: (response: ServerResponse) => void) =>
    server.intercept((_request, response) => {
      answer(response)
      return true
    })
  const unavailable = { code: 'STORE_UNAVAILABLE' }
  for (const answer of [
    (response: ServerResponse) => response.writeHead(503).end(),
    (response: ServerResponse) => response.destroy(),
  ]) {
    fails(answer)
    await expect(blobs.put(blob, streamOf(blob.content))).rejects.toMatchObject(unavailable)
    await expect(blobs.read(blob.id)).rejects.toMatchObject(unavailable)
    await expect(blobs.size(blob.id)).rejects.toMatchObject(unavailable)
    await expect(blobs.check()).rejects.toMatchObject(unavailable)
  }
  server.intercept(null)
  expect(await blobs.size(blob.id)).toBeNull()
})

test.each([
  [{ bucket: 'absent' }, /^S3_BUCKET: there is no bucket absent at http/u],
  [{ accessKeyId: 'NOBODY' }, /^S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY may not/u],
])('%j is said in one sentence, without the credentials', async (wrong, sentence) => {
  const other = await openS3Blobs({ ...settings, ...wrong })
  const error: unknown = await other.check().then(
    () => null,
    (cause: unknown) => cause,
  )
  await other.close()
  expect(String((error as Error).message)).toMatch(sentence)
  expect(String((error as Error).message)).not.toContain(settings.secretAccessKey)
})
