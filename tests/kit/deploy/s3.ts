// S3-compatible storage for tests: s3rver in this process, on loopback, its buckets in a folder that goes with it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Server, ServerResponse, IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface S3rver {
  httpServer: Server
  run(): Promise<{ port: number }>
}
type S3rverOptions = Record<'address' | 'directory', string> &
  Record<'port', number> &
  Record<'silent', boolean> &
  Record<'configureBuckets', { name: string }[]>

/** What s3rver knows without being told. */
export const s3Credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

export interface TestS3 {
  readonly endpoint: string
  readonly bucket: string
  /** The keys of all objects that are whole. */
  keys(): string[]
  /** Called before each answer; true: it has answered itself. */
  intercept(by: ((request: IncomingMessage, response: ServerResponse) => boolean) | null): void
  stop(): Promise<void>
}

/** Starts storage with one empty bucket. */
export async function startS3(): Promise<TestS3> {
  const directory = mkdtempSync(join(tmpdir(), 'palabre-s3-'))
  const bucket = 'media'
  const S3rverServer = createRequire(import.meta.url)('s3rver') as new (options: S3rverOptions) => S3rver
  const server = new S3rverServer({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: bucket }],
  })
  const { port } = await server.run()
  let interceptor: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null
  const [answer] = server.httpServer.listeners('request')
  server.httpServer.removeAllListeners('request')
  server.httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (interceptor?.(request, response) !== true) answer?.call(server.httpServer, request, response)
  })
  const suffix = '._S3rver_object'
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    keys: () =>
      readdirSync(join(directory, bucket), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith(suffix))
        .map((path) => path.slice(0, -suffix.length))
        .sort(),
    intercept(by) {
      interceptor = by
    },
    async stop() {
      server.httpServer.closeAllConnections()
      await new Promise((done) => server.httpServer.close(done))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
