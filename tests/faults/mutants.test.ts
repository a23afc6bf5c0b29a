// A checker that cannot fail proves nothing: a few of the mutants, each of which the simulation must catch. All of them:
// npm run torture -- --mutants.
import { expect, test } from 'vitest'
import { patienceMs } from '../simulation/seeds.ts'
import { runMutants } from '../torture/mutants-run.ts'

const few = [
  'acknowledged before the commit',
  'the removed stay in the room',
  'removed while away',
  'the words stay',
]

test.each(few)(
  '“%s” is caught',
  async (name) => {
    const [caught] = await runMutants({ names: [name] })
    expect(caught?.caughtBySeed).not.toBeNull()
  },
  patienceMs,
)
