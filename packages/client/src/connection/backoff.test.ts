// Proves backoff.ts: bounds and spread.
import { limits } from '@palabre/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, ceilingMs } from './backoff.ts'

test('[CON-2] the ceiling doubles from one second and stays at thirty', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100_000].map(ceilingMs)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ])
})

test('[CON-2] the whole interval is used, and never more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000 }),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      (n, random) => {
        const ms = backoffMs(n, random)
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(limits.backoffMaxMs)
        expect(ms).toBe(Math.floor(ceilingMs(n) * random))
      },
    ),
  )
})
