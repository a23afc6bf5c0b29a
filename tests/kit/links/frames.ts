// PURE: bytes of a WebSocket → its frames, and a frame's text → what Socket.IO says in it. For the fault link, which
// must know a request from its acknowledgement. Every byte that goes in comes out in exactly one frame's `raw`.
// It knows what our two ends use: whole text frames, large ones of the server's as a deflated binary frame (WIRE-2), and
// the namespace `/`.
import { inflateRawSync } from 'node:zlib'

export interface Frame {
  /** As it was, header and mask included. */
  readonly raw: Buffer
  /** Inflated where it came deflated. Null: neither a text frame nor a deflated one, or only a part of one. */
  readonly text: string | null
}

export type Packet =
  /** A client's request, or (without `ack`) what a server says. */
  | {
      readonly type: 'event'
      readonly name: string
      readonly data: unknown
      readonly ack: number | null
    }
  | { readonly type: 'ack'; readonly ack: number; readonly data: unknown }

const textFrame = 0x81
const binaryFrame = 0x82

/** Feed it bytes as they come. */
export function createFrameReader(onFrame: (frame: Frame) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    for (let size = sizeOf(rest); size !== null && size.whole <= rest.length; size = sizeOf(rest)) {
      const raw = rest.subarray(0, size.whole)
      rest = rest.subarray(size.whole)
      onFrame({ raw, text: textOf(raw, size.head, size.isMasked) })
    }
  }
}

/** Null when not even the header is here. */
function sizeOf(bytes: Buffer): { head: number; whole: number; isMasked: boolean } | null {
  if (bytes.length < 2) return null
  const second = bytes[1] ?? 0
  const isMasked = (second & 0x80) !== 0
  const short = second & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const head = 2 + lengthBytes + (isMasked ? 4 : 0)
  if (bytes.length < head) return null
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  return { head, whole: head + length, isMasked }
}

function textOf(raw: Buffer, head: number, isMasked: boolean): string | null {
  const payload = raw.subarray(head)
  // Without the digit that the text form has in front: a message is all that is ever binary.
  if (raw[0] === binaryFrame && !isMasked) return `4${inflateRawSync(payload).toString('utf8')}`
  if (raw[0] !== textFrame) return null
  if (!isMasked) return payload.toString('utf8')
  const mask = raw.subarray(head - 4, head)
  const plain = Buffer.allocUnsafe(payload.length)
  for (let i = 0; i < payload.length; i += 1) plain[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0)
  return plain.toString('utf8')
}

/** Null: a heartbeat, a handshake, or nothing that we know. */
export function packetOf(text: string): Packet | null {
  const match = /^4([23])(\d*)(\[.*)$/s.exec(text)
  if (match === null) return null
  const [, kind, number = '', json = ''] = match
  const parts = JSON.parse(json) as unknown[]
  if (kind === '3') return { type: 'ack', ack: Number(number), data: parts[0] }
  return {
    type: 'event',
    name: String(parts[0]),
    data: parts[1],
    ack: number === '' ? null : Number(number),
  }
}
