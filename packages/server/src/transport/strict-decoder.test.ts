import { expect, test } from 'vitest'
import { StrictDecoder, strictParser } from './strict-decoder.ts'

function decoded(data: unknown) {
  const packets: unknown[] = []
  const decoder = StrictDecoder()
  decoder.on('decoded', (packet) => packets.push(packet))
  decoder.add(data)
  return packets
}

test('takes connect, disconnect and event packets', () => {
  expect(decoded('0{"token":"t"}')).toMatchObject([{ type: 0, data: { token: 't' } }])
  expect(decoded('1')).toMatchObject([{ type: 1 }])
  expect(decoded('217["react",{"emoji":null}]')).toMatchObject([
    { type: 2, id: 17, data: ['react', { emoji: null }] },
  ])
})

test.each([
  '3["ack"]',
  '4{}',
  '51-["e",{"_placeholder":true,"num":0}]',
  '50-["e"]',
  '61-[]',
  '7',
  '',
  '-1',
  'x',
])('[SEC-11] refuses the packet %j', (packet) => {
  expect(() => decoded(packet)).toThrow()
})

test('[SEC-11] refuses bytes', () => {
  expect(() => decoded(Buffer.from('2["react"]'))).toThrow()
  expect(() => decoded(new ArrayBuffer(4))).toThrow()
})

test('[SEC-12] refuses an event whose data nests more than 32 levels', () => {
  const event = (levels: number) => `2["react",${'['.repeat(levels)}${']'.repeat(levels)}]`
  expect(decoded(event(32))).toHaveLength(1)
  expect(() => decoded(event(33))).toThrow()
})

test('is what Socket.IO constructs', () => {
  const Decoder = strictParser.Decoder as unknown as new () => ReturnType<typeof StrictDecoder>
  expect(() => new Decoder().add('5')).toThrow()
})
