// Histories that nobody thought of: people, devices and faults drawn from a seed, in virtual time, each judged by all
// invariants. SEED starts elsewhere than at 1. The second thousand is in simulation-more.test.ts, for the second worker.
import { beforeAll, describe, expect, test } from 'vitest'
import { buildSimulation } from '../simulation/build.ts'
import { firstSeed, halfOfRuns, onceFailed } from '../simulation/seeds.ts'
import { report, runSimulation, seedsFrom } from '../simulation/run.ts'

describe('in virtual time', () => {
  let file = ''

  beforeAll(async () => {
    file = await buildSimulation('product')
  })

  test('the same seed makes the same history', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(async () => (await runSimulation(file, { seeds: seedsFrom(1, 3) })).summary),
    )
    expect(one?.steps['acked']).toBeGreaterThan(0)
    expect(two?.hash).toBe(one?.hash)
  })

  for (const { seed, what } of onceFailed)
    test(`seed ${seed}: ${what}`, async () => {
      const { failures } = await runSimulation(file, { seeds: [seed] })
      expect(report(failures)).toBe('')
    })

  test(`[P1, P2, P3, P4, P6] ${halfOfRuns} histories of cuts, kills, delays and restorations: then everyone agrees`, async () => {
    const { failures, summary } = await runSimulation(file, { seeds: seedsFrom(firstSeed, halfOfRuns) })
    expect(report(failures)).toBe('')
    expect(summary.histories).toBe(halfOfRuns)
  }, 600_000)
})
