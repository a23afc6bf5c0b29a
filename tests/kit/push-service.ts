// The service that carries pushes, as browsers' makers run one: takes what the server hands it, checks its signature
// (RFC 8292), decrypts it as the browser would (RFC 8291), and answers what a test wants it to answer.
import {
  createDecipheriv,
  createECDH,
  createHmac,
  createPublicKey,
  hkdfSync,
  randomBytes,
  randomUUID,
  verify,
} from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PushNote, PushTarget } from '@palabre/protocol'
import { eventually } from './wait.ts'

export interface ReceivedPush {
  readonly note: PushNote
  readonly bytes: number
  readonly ttl: number
  readonly urgency: string | undefined
  readonly topic: string | undefined
}

/** One browser's subscription. */
export interface PushedBrowser {
  readonly target: PushTarget
  /** All that was taken, in order. */
  readonly pushes: readonly ReceivedPush[]
  /** How often the server has asked, whatever was answered. */
  readonly asked: () => number
  /** The next requests are answered so, and not taken; then all is well again. */
  willAnswer(...answers: { status: number; retryAfter?: string }[]): void
  hears(is: (push: ReceivedPush) => boolean, what?: string): Promise<ReceivedPush>
}

export interface PushService {
  /** What the server is to be told: `PUSH_SERVICES`. */
  readonly origin: string
  /** @param vapidKey what the browser was given as the server's key */
  browser(vapidKey: string, how?: Partial<Pick<PushTarget, 'preview' | 'language'>>): PushedBrowser
  stop(): Promise<void>
}

interface Browser extends PushedBrowser {
  take(request: IncomingMessage, body: Buffer): { status: number; retryAfter?: string }
}

export async function startPushService(): Promise<PushService> {
  const browsers = new Map<string, Browser>()
  const server = createServer((request, response) => void serve(request, response))

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const browser = browsers.get(request.url ?? '')
    const { status, retryAfter } = browser?.take(request, Buffer.concat(parts)) ?? { status: 404 }
    response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter }).end()
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    browser(vapidKey, how = {}) {
      const path = `/push/${randomUUID()}`
      const made = createBrowser(origin, path, vapidKey, how)
      browsers.set(path, made)
      return made
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function createBrowser(
  origin: string,
  path: string,
  vapidKey: string,
  how: Partial<Pick<PushTarget, 'preview' | 'language'>>,
): Browser {
  const keys = createECDH('prime256v1')
  keys.generateKeys()
  const auth = randomBytes(16)
  const pushes: ReceivedPush[] = []
  const answers: { status: number; retryAfter?: string }[] = []
  let asked = 0
  return {
    target: {
      endpoint: origin + path,
      p256dh: keys.getPublicKey('base64url'),
      auth: auth.toString('base64url'),
      preview: 'all',
      language: 'en',
      ...how,
    },
    pushes,
    asked: () => asked,
    willAnswer: (...next) => void answers.push(...next),
    take(request, body) {
      asked += 1
      const { headers } = request
      if (!isSigned(headers.authorization ?? '', origin, vapidKey)) return { status: 403 }
      if (headers['content-encoding'] !== 'aes128gcm' || headers.ttl === undefined) return { status: 400 }
      if (body.length > 4_096) return { status: 413 }
      const answer = answers.shift()
      if (answer !== undefined) return answer
      const text = decrypted(body, keys, auth)
      pushes.push({
        note: JSON.parse(text) as PushNote,
        bytes: Buffer.byteLength(text),
        ttl: Number(headers.ttl),
        urgency: headers['urgency'] as string | undefined,
        topic: headers['topic'] as string | undefined,
      })
      return { status: 201 }
    },
    hears: (is, what = 'a push') =>
      eventually(
        () => pushes.find(is),
        () => `${what} did not come; there are ${JSON.stringify(pushes)}`,
      ),
  }
}

/** A token of the server's, for this service, that has not ended, by the key that the browser was given. */
function isSigned(authorization: string, origin: string, vapidKey: string): boolean {
  const [, token = '', key] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? []
  const [header = '', claims = '', signature = ''] = token.split('.')
  if (key !== vapidKey || signature === '') return false
  const point = Buffer.from(vapidKey, 'base64url')
  const publicKey = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  })
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
  const isInTime =
    Number(exp) * 1_000 > Date.now() && Number(exp) * 1_000 < Date.now() + 24 * 3_600_000 + 5_000
  const isTrue = verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  return isTrue && isInTime && aud === origin && /^(mailto:|https:)/.test(String(sub))
}

/** RFC 8188 with one record, its key agreed on as RFC 8291 says. */
function decrypted(body: Buffer, keys: ReturnType<typeof createECDH>, auth: Buffer): string {
  const salt = body.subarray(0, 16)
  const sender = body.subarray(21, 21 + (body[20] ?? 0))
  const record = body.subarray(21 + sender.length)
  const secret = keys.computeSecret(sender)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender])
  const agreed = createHmac('sha256', createHmac('sha256', auth).update(secret).digest())
    .update(Buffer.concat([info, Buffer.of(1)]))
    .digest()
  const derived = (what: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', agreed, salt, `Content-Encoding: ${what}\0`, bytes))
  const decipher = createDecipheriv('aes-128-gcm', derived('aes128gcm', 16), derived('nonce', 12))
  decipher.setAuthTag(record.subarray(-16))
  const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
  // Padding: zeros behind the 2 that ends the last record.
  return plain.subarray(0, plain.lastIndexOf(2)).toString()
}
