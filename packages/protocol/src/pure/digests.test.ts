// That a digest is the same number on both ends, a sum, and another one for another history.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addDigests,
  blockOf,
  digestOf,
  digestOfAll,
  seqsOfBlock,
  subtractDigest,
  type Digested,
} from './digests.ts'
import type { MessageId } from '../ids.ts'

const id = fc.uuid({ version: 7 }).map((text) => text as MessageId)
const place = fc.integer({ min: 1, max: 2 ** 31 })
const digested: fc.Arbitrary<Digested> = fc.record({ seq: place, id, rev: place })

test('[DIG-1] the digest of a message is the same number everywhere and for ever', () => {
  const of = (seq: number, text: string, rev: number) => digestOf({ seq, id: text as MessageId, rev })
  const [a, b] = ['019a0000-0000-7000-8000-000000000001', '019a0000-0000-7000-8000-000000000002']
  expect([of(1, a, 1), of(2, a, 1), of(1, a, 2), of(1, b, 1), of(100_000, b, 123_456)]).toEqual([
    71_289_585_085_793, 4_417_722_811_592_886, 3_506_895_705_643_334, 1_549_801_995_577_264,
    2_702_923_912_648_552,
  ])
})

test('[DIG-1] a digest is a sum: kept by adding what comes and taking out what was', () => {
  fc.assert(
    fc.property(fc.array(digested), digested, digested, (messages, before, after) => {
      const held = digestOfAll([...messages, before])
      const changed = addDigests(subtractDigest(held, digestOf(before)), digestOf(after))
      expect(changed).toBe(digestOfAll([after, ...messages.toReversed()]))
      expect(subtractDigest(held, digestOf(before))).toBe(digestOfAll(messages))
      expect(Number.isSafeInteger(held) && held >= 0 && held < 2 ** 52).toBe(true)
    }),
  )
})

test('[DIG-1] one message less, more, at another rev, or with another’s id is another digest', () => {
  const several = fc.uniqueArray(digested, { minLength: 2, selector: (message) => message.seq })
  fc.assert(
    fc.property(several, digested, fc.nat(), (messages, extra, at) => {
      const held = digestOfAll(messages)
      const [i, j] = [at % messages.length, (at + 1) % messages.length]
      const [one, other] = [messages[i]!, messages[j]!]
      expect(digestOfAll(messages.toSpliced(i, 1))).not.toBe(held)
      expect(digestOfAll([...messages, extra])).not.toBe(held)
      expect(digestOfAll(messages.with(i, { ...one, rev: one.rev + 1 }))).not.toBe(held)
      fc.pre(one.id !== other.id)
      const swapped = messages.with(i, { ...one, id: other.id }).with(j, { ...other, id: one.id })
      expect(digestOfAll(swapped)).not.toBe(held)
    }),
  )
})

test('[DIG-1] neighbours in seq, rev and id spread over all of the range', () => {
  const seen = new Set<number>()
  let above = 0
  for (let n = 0; n < 20_000; n++) {
    const text = `019a0000-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as MessageId
    for (const of of [digestOf({ seq: n, id: text, rev: n }), digestOf({ seq: n, id: text, rev: n + 1 })]) {
      seen.add(of)
      if (of >= 2 ** 51) above++
    }
  }
  expect(seen.size).toBe(40_000)
  expect(above / 40_000).toBeCloseTo(0.5, 1)
})

test('[DIG-2] blocks are of 256 messages, the first one from seq 1', () => {
  expect([1, 2, 256, 257, 512, 513].map(blockOf)).toEqual([0, 0, 0, 1, 1, 2])
  expect([0, 1].map(seqsOfBlock)).toEqual([
    { from: 1, to: 256 },
    { from: 257, to: 512 },
  ])
})
