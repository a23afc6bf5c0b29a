// Histories that nobody thought of: people, devices and faults drawn from a seed, in virtual time, each judged by all
// invariants. SEED starts elsewhere than at 1. The second thousand is in simulation-more.test.ts, for the second worker.
import { beforeAll, describe, expect, test } from 'vitest'
import { buildSimulation } from '../simulation/build.ts'
import { firstSeed, halfOfRuns, onceFailed, patienceMs } from '../simulation/seeds.ts'
import { report, runSimulation, seedsFrom } from '../simulation/run.ts'

describe('in virtual time', () => {
  let file = ''

  beforeAll(async () => {
    file = await buildSimulation('product')
  }, patienceMs)

  test(
    'the same seed makes the same history, whatever was simulated before it',
    async () => {
      const hashesOf = async (seeds: number[]) => {
        const { failures, summary } = await runSimulation(file, { seeds, isHashed: true })
        expect(report(failures)).toBe('')
        expect(summary.steps['acked']).toBeGreaterThan(0)
        return summary.hashes
      }
      const [one, other] = [await hashesOf([1, 2, 3, 4, 5, 6]), await hashesOf([6, 5, 4, 3, 2, 1])]
      expect(new Set(one).size).toBe(6)
      expect(other.toReversed()).toEqual(one)
    },
    patienceMs,
  )

  for (const { seed, what } of onceFailed)
    test(
      `seed ${seed}: ${what}`,
      async () => {
        const { failures } = await runSimulation(file, { seeds: [seed] })
        expect(report(failures)).toBe('')
      },
      patienceMs,
    )

  test(
    `[P1, P2, P3, P4, P6] ${halfOfRuns} histories of cuts, kills, delays and restorations: then everyone agrees`,
    async () => {
      const { failures, summary } = await runSimulation(file, { seeds: seedsFrom(firstSeed, halfOfRuns) })
      expect(report(failures)).toBe('')
      expect(summary.histories).toBe(halfOfRuns)
    },
    patienceMs,
  )
})
