// Runs every mutant against the simulation, seed after seed, each in a process of its own, until an invariant catches it.
import { buildSimulation } from '../simulation/build.ts'
import { runSimulation, seedsFrom } from '../simulation/run.ts'
import { mutants, type Mutant } from './mutants.ts'

export interface Caught {
  name: string
  /** Null: it survived. */
  caughtBySeed: number | null
  /** The invariants that it broke; null when it survived. */
  invariant: string | null
  seconds: number
}

/** Mutants at a time. */
const sideBySide = 2
/** Histories that a mutant must survive before it is a hole in the checker. */
const mostSeeds = 500

/** @param options.names only these. `onProgress` hears of each as it is done. */
export async function runMutants(options: {
  onProgress?: (caught: Caught, done: number, of: number) => void
  names?: readonly string[]
}): Promise<Caught[]> {
  const chosen = mutants.filter(({ name }) => options.names?.includes(name) ?? true)
  const left = [...chosen]
  const all: Caught[] = []
  const work = async (): Promise<void> => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const caught = await runMutant(mutant)
      all.push(caught)
      options.onProgress?.(caught, all.length, chosen.length)
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, work))
  return all
}

async function runMutant({ name, places }: Mutant): Promise<Caught> {
  const startedAt = performance.now()
  const file = await buildSimulation(`mutant ${name}`, places)
  const { failures } = await runSimulation(file, { seeds: seedsFrom(1, mostSeeds), isFirstOnly: true })
  const failure = failures[0] ?? null
  return {
    name,
    caughtBySeed: failure?.seed ?? null,
    invariant: failure === null ? null : failure.invariants.join(' ') || 'an unexpected error',
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  }
}
