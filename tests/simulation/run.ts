// Runs a built simulation as a process of its own: virtual time takes over a whole process's clock and timers.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Failure, Orders, Summary } from './main.ts'

/** A larger nursery: a history leaves much behind that is garbage at its end. */
const flags = ['--max-semi-space-size=32']

/** @param file what `buildSimulation` has built */
export async function runSimulation(
  file: string,
  orders: Orders,
): Promise<{ failures: Failure[]; summary: Summary }> {
  const simulation = spawn(process.execPath, [...flags, file, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number | null>((resolve) => simulation.once('exit', resolve))
  const failures: Failure[] = []
  let summary: Summary | null = null
  for await (const line of createInterface({ input: simulation.stdout })) {
    const said = JSON.parse(line) as Failure | Summary
    if ('seed' in said) failures.push(said)
    else summary = said
  }
  const code = await exited
  if (summary === null) throw new Error(`the simulation ended with ${code}`)
  return { failures, summary }
}

/** `count` seeds in a row. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, nth) => first + nth)
}

/** Failures, for whoever reads them: what is wrong, what was done before, and how to see it again. */
export function report(failures: readonly Failure[]): string {
  return failures
    .map(({ seed, steps, told, faults }) =>
      [
        `seed ${seed}${steps === null ? '' : `, first ${steps} steps`}`,
        ...told.slice(0, 3),
        ...faults.slice(-10),
        `replay: npx tsx tests/simulation/replay.ts ${seed}${steps === null ? '' : ` ${steps}`}`,
      ].join('\n  '),
    )
    .join('\n')
}
