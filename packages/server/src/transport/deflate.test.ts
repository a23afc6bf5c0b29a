import { EventEmitter } from 'node:events'
import { inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { INFLATES, limits } from '@palabre/protocol'
import { createDeflate, type DeflatedConnection, type MadePacket } from './deflate.ts'

/** A connection, and what becomes of a packet that engine.io makes for it. */
function connection(extensions = '') {
  const made = new EventEmitter()
  return {
    conn: {
      on: (event, listener) => made.on(event, listener),
      transport: { socket: { extensions } },
    } satisfies DeflatedConnection,
    sends(data: unknown, type = 'message'): MadePacket {
      const packet = { type, data, options: { wsPreEncodedFrame: ['plain'] } }
      made.emit('packetCreate', packet)
      return packet
    },
  }
}

function setUp() {
  const compressions: [before: number, after: number][] = []
  const deflate = createDeflate((before, after) => compressions.push([before, after]))
  const inflating = (extensions?: string) => {
    const one = connection(extensions)
    deflate.serve(one.conn, { token: 't', inflates: INFLATES })
    return one
  }
  return { deflate, inflating, compressions }
}

const large = JSON.stringify(['receive_message', 'Ça va ? '.repeat(500)])

test('[WIRE-2] a large packet goes out as one deflated buffer, and its plain frame does not', () => {
  const packet = setUp().inflating().sends(large)
  expect(inflateRawSync(packet.data as Buffer).toString()).toBe(large)
  expect(packet.options).toEqual({})
})

test('[WIRE-2] a packet is compressed once, for however many', () => {
  const { inflating, compressions } = setUp()
  const sent = [inflating(), inflating(), inflating()].map((one) => one.sends(large).data)
  expect(compressions).toHaveLength(1)
  expect(new Set(sent).size).toBe(1)
  const other = large.replace('Ça', 'ça')
  expect(inflateRawSync(inflating().sends(other).data as Buffer).toString()).toBe(other)
})

test.each([
  ['as short as the bound', 'x'.repeat(limits.deflateAbove)],
  ['too long for it', 'x'.repeat(limits.deflateUpTo + 1)],
  ['bytes', Buffer.alloc(5_000)],
])('[WIRE-2] what is %s goes as it is', (_, data) => {
  const packet = setUp().inflating().sends(data)
  expect(packet).toEqual({ type: 'message', data, options: { wsPreEncodedFrame: ['plain'] } })
})

test('the engine’s own packets go as they are', () => {
  expect(setUp().inflating().sends(large, 'open').data).toBe(large)
})

test.each([[{}], [{ inflates: true }], [{ inflates: 'gzip' }], [{ inflates: ['deflate-raw'] }]])(
  '[WIRE-2] whoever says %j in the handshake gets plain packets',
  (auth) => {
    const { deflate, compressions } = setUp()
    const { conn, sends } = connection()
    deflate.serve(conn, auth)
    expect(sends(large).data).toBe(large)
    expect(compressions).toEqual([])
  },
)

test('where the WebSocket compresses by itself, nothing is compressed twice', () => {
  expect(setUp().inflating('permessage-deflate').sends(large).data).toBe(large)
})
