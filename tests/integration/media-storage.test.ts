// Where media are kept, as an operator meets it at a start. (Nothing is uploaded yet.)
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { s3Credentials, startS3, type TestS3 } from '../kit/deploy/s3.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { http } from '../kit/wire.ts'

describe('a server with a bucket', () => {
  let s3: TestS3
  let server: TestServer | null = null
  beforeAll(async () => (s3 = await startS3()))
  afterEach(async () => {
    s3.intercept(null)
    await server?.stop()
    server = null
  })
  afterAll(() => s3.stop())

  const environment = (more: Record<string, string> = {}) => ({
    S3_ENDPOINT: s3.endpoint,
    S3_REGION: 'us-east-1',
    S3_BUCKET: s3.bucket,
    S3_ACCESS_KEY_ID: s3Credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
    ...more,
  })
  const mediaUp = async (url: string) =>
    /^palabre_media_up (\d)$/mu.exec((await http('GET', `${url}/metrics`)).text)?.[1]

  test('starts, and leaves nothing of its trial behind', async () => {
    server = await startServer('sqlite', environment())
    expect(await mediaUp(server.url)).toBe('1')
    expect(s3.keys()).toEqual([])
  })

  test('that is not there does not start, and says which one', async () => {
    await expect(startServer('sqlite', environment({ S3_BUCKET: 'absent' }))).rejects.toThrow(
      /^S3_BUCKET: there is no bucket absent at http:\/\/127\.0\.0\.1:\d+\.$/u,
    )
  })

  test('that is not its own does not start', async () => {
    await expect(startServer('sqlite', environment({ S3_ACCESS_KEY_ID: 'NOBODY' }))).rejects.toThrow(
      /^S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY may not list, write and delete in media/u,
    )
  })

  test('that is away starts all the same: people can write to each other without media', async () => {
    s3.intercept((_request, response) => {
      response.writeHead(503).end()
      return true
    })
    server = await startServer('sqlite', environment({ LOG_LEVEL: 'silent' }))
    expect((await http('GET', `${server.url}/readyz`)).status).toBe(200)
    expect(await mediaUp(server.url)).toBe('0')
  })
})
