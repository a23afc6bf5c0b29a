// The second thousand of simulation.test.ts.
import { expect, test } from 'vitest'
import { buildSimulation } from '../simulation/build.ts'
import { firstSeed, halfOfRuns, patienceMs } from '../simulation/seeds.ts'
import { report, runSimulation, seedsFrom } from '../simulation/run.ts'

test(
  `[P1, P2, P3, P4, P6] ${halfOfRuns} more histories`,
  async () => {
    const file = await buildSimulation('product more')
    const seeds = seedsFrom(firstSeed + halfOfRuns, halfOfRuns)
    const { failures, summary } = await runSimulation(file, { seeds })
    expect(report(failures)).toBe('')
    expect(summary.histories).toBe(halfOfRuns)
  },
  patienceMs,
)
