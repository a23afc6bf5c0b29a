import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserId, type MarkPair } from '@palabre/protocol'
import { lowestFor, lowestOf } from './lowest.ts'

const idOf = (n: number) => UserId.parse(`01890000-0000-7000-8000-${String(n).padStart(12, '0')}`)

test('[REC-2] everybody sees the lowest marks of the others', () => {
  const pair = fc.record({ deliveredSeq: fc.nat(6), readSeq: fc.nat(6) })
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 8 }), (pairs) => {
      const marks = new Map<UserId, MarkPair>(pairs.map((each, index) => [idOf(index), each]))
      const lowest = lowestOf(marks)
      for (const viewer of [...marks.keys(), idOf(99)]) {
        const others = [...marks].filter(([id]) => id !== viewer).map(([, each]) => each)
        const least = (seqs: number[]) => (seqs.length === 0 ? 0 : Math.min(...seqs))
        expect(lowestFor(lowest, viewer)).toEqual({
          deliveredSeq: least(others.map((each) => each.deliveredSeq)),
          readSeq: least(others.map((each) => each.readSeq)),
        })
      }
    }),
  )
})

test('nobody has got anything where nobody else is', () => {
  expect(lowestFor(lowestOf(new Map()), idOf(1))).toEqual({ deliveredSeq: 0, readSeq: 0 })
  expect(lowestFor(lowestOf(new Map([[idOf(1), { deliveredSeq: 9, readSeq: 9 }]])), idOf(1))).toEqual({
    deliveredSeq: 0,
    readSeq: 0,
  })
})
