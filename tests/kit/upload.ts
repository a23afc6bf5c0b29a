// Uploads by hand, as tus says, and small things to upload. No SDK: whatever a stranger's program may do, this can.
import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import type { ConversationId, InputOf, MediaId, MediaKind, UploadPurpose } from '@palabre/protocol'
import { newMediaId, newMessageId } from './make.ts'
import type { Person } from './people.ts'
import { deadlineMs } from './wait.ts'

export interface UploadAnswer {
  readonly id: MediaId
  readonly status: number
  readonly headers: Headers
  /** The code of a refusal; null: none. */
  readonly code: string | null
}

interface Announced {
  bytes: number
  purpose: UploadPurpose
  id?: MediaId
  name?: string
}

export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** As tus wants it: names, and values in base64. */
export function metadataOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

/** A request to the uploads. */
export async function tus(
  method: string,
  url: string,
  options: {
    token?: string
    headers?: Readonly<Record<string, string>>
    body?: Uint8Array<ArrayBuffer>
  } = {},
): Promise<{ status: number; headers: Headers; code: string | null }> {
  const { token, headers, body } = options
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(deadlineMs),
    headers: {
      'Tus-Resumable': '1.0.0',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  const code = /"code":"([A-Z_]+)"/u.exec(text)?.[1] ?? null
  return { status: response.status, headers: response.headers, code }
}

/** Announces an upload; nothing of it is sent. */
export async function beginUpload(
  url: string,
  by: Pick<Person, 'token'>,
  { bytes, purpose, id = newMediaId(), name }: Announced,
): Promise<UploadAnswer> {
  const metadata = metadataOf({ id, purpose, ...(name !== undefined && { name }) })
  const headers = { 'Upload-Length': String(bytes), 'Upload-Metadata': metadata }
  return { id, ...(await tus('POST', `${url}/api/v1/uploads`, { token: by.token, headers })) }
}

/** Sends a part. */
export function sendPart(
  url: string,
  by: Pick<Person, 'token'>,
  id: MediaId,
  offset: number,
  part: Uint8Array,
): Promise<{ status: number; headers: Headers; code: string | null }> {
  return tus('PATCH', `${url}/api/v1/uploads/${id}`, {
    token: by.token,
    headers: { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
    body: new Uint8Array(part),
  })
}

/** How much of an upload has arrived; or why it does not say. */
export async function offsetOf(
  url: string,
  by: Pick<Person, 'token'>,
  id: MediaId,
): Promise<number | { status: number }> {
  const { status, headers } = await tus('HEAD', `${url}/api/v1/uploads/${id}`, { token: by.token })
  return status === 200 ? Number(headers.get('upload-offset')) : { status }
}

/** All of it in one part; answers the last word. */
export async function uploaded(
  url: string,
  by: Pick<Person, 'token'>,
  bytes: Uint8Array,
  purpose: UploadPurpose,
  name?: string,
): Promise<UploadAnswer> {
  const begun = await beginUpload(url, by, {
    bytes: bytes.length,
    purpose,
    ...(name !== undefined && { name }),
  })
  if (begun.status !== 201 || bytes.length === 0) return begun
  return { id: begun.id, ...(await sendPart(url, by, begun.id, 0, bytes)) }
}

/** What sends an upload. */
export function mediaTo(
  conversationId: ConversationId,
  kind: MediaKind,
  mediaId: MediaId,
  more: { text?: string; posterId?: MediaId; durationMs?: number; waveform?: number[] } = {},
): Extract<InputOf<'sendMessage'>, { kind: MediaKind }> {
  return { conversationId, id: newMessageId(), kind, body: { mediaId, ...more }, sentAt: Date.now() }
}

/** A small photograph, or what `change` makes of it. */
export async function picture(
  width = 64,
  height = 48,
  change: (image: Sharp) => Sharp = (image) => image.jpeg(),
): Promise<Buffer> {
  const background = { r: 200, g: 30, b: 90 }
  return change(sharp({ create: { width, height, channels: 3, background } })).toBuffer()
}

/** A PNG that says it is large, in a hundred bytes: what is in it does not matter. */
export function pixelBomb(side: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(named))
    return Buffer.concat([length, named, sum])
  }
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const data = deflateSync(Buffer.alloc(1_000))
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

/** Fetches media as a program does, by the token. */
export async function fetchMedia(
  url: string,
  by: Pick<Person, 'token'> | null,
  id: MediaId,
  options: { part?: 'thumbnail'; method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const { part, method = 'GET', headers } = options
  const response = await fetch(`${url}/api/v1/media/${id}${part === undefined ? '' : `/${part}`}`, {
    method,
    signal: AbortSignal.timeout(deadlineMs),
    headers: { ...(by === null ? {} : { Authorization: `Bearer ${by.token}` }), ...headers },
  })
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}
