// Proves inflate.ts against what compresses as it inflates: bounds, nonsense, and the order of what comes.
import { INFLATES, limits } from '@palabre/protocol'
import { expect, test, vi } from 'vitest'
import { inflated, inflateInOrder } from './inflate.ts'

const inflation = { format: INFLATES, maxBytes: limits.inflatedBytes }
const atMost = (maxBytes: number) => ({ ...inflation, maxBytes })

async function packed(text: string | Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream(INFLATES))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function setUp() {
  const taken: unknown[] = []
  const broken = vi.fn()
  const decoder = {
    add(data: unknown) {
      if (data === 'bad') throw new Error('bad')
      taken.push(data)
    },
  }
  inflateInOrder(decoder, inflation, broken)
  return { taken, broken, decoder }
}

test('what was deflated is what it was', async () => {
  const text = 'Grüße, 世界, 🎉, bonsoir. '.repeat(5_000)
  expect(await inflated(await packed(text), inflation)).toBe(text)
})

test('[WIRE-3] what becomes longer than allowed is refused before it is whole', async () => {
  const bomb = await packed('a'.repeat(50_000_000))
  expect(bomb.length).toBeLessThan(60_000)
  await expect(inflated(bomb, inflation)).rejects.toThrow('too long')
  await expect(inflated(await packed('a'.repeat(101)), atMost(100))).rejects.toThrow('too long')
  expect(await inflated(await packed('a'.repeat(100)), atMost(100))).toHaveLength(100)
})

test('[WIRE-3] what is no deflate stream, is cut off, or is not UTF-8 is refused', async () => {
  await expect(inflated(new Uint8Array([0xff, 0xff, 0xff, 0xff]), inflation)).rejects.toThrow()
  await expect(
    inflated((await packed('a sentence that ends too early')).slice(0, 12), inflation),
  ).rejects.toThrow()
  await expect(inflated(await packed(new Uint8Array([0xc3, 0x28])), inflation)).rejects.toThrow()
})

test('[WIRE-2] nothing overtakes a packet that is being inflated, of whatever size they are', async () => {
  const { taken, decoder } = setUp()
  const texts = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat((i % 7) * (i % 5) * 20_000)}`)
  const sent = await Promise.all(texts.map(async (text, i) => (i % 3 === 0 ? text : await packed(text))))
  for (const [i, packet] of sent.entries()) {
    decoder.add(packet)
    if (i % 10 === 0) await Promise.resolve()
  }
  await vi.waitFor(() => expect(taken).toHaveLength(60))
  expect(taken).toEqual(texts)
})

test('text that waits for nothing is decoded at once', () => {
  const { taken, decoder } = setUp()
  decoder.add('at once')
  expect(taken).toEqual(['at once'])
})

test('[WIRE-3] after something broken, nothing is decoded, and the connection is given up once', async () => {
  const { taken, broken, decoder } = setUp()
  const [first, second] = [await packed('first'), await packed('second')]
  for (const packet of [first, new Uint8Array([0xff, 0xff, 0xff, 0xff]), second, 'third']) decoder.add(packet)
  await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce())
  for (const packet of ['fourth', second]) decoder.add(packet)
  // As long as it takes to inflate something by itself.
  await inflated(second, inflation)
  expect(taken).toEqual(['first'])
  expect(broken).toHaveBeenCalledOnce()
})

test('a decoder that refuses what was inflated ends it as well; refused at once, it says so itself', async () => {
  const { broken, decoder } = setUp()
  expect(() => decoder.add('bad')).toThrow('bad')
  decoder.add(await packed('bad'))
  await vi.waitFor(() => expect(broken).toHaveBeenCalledOnce())
})
