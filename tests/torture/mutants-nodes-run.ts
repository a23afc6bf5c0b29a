// Runs every mutant of several nodes: a server that is built with it, three of them under torture, seed after seed, each in
// a process of its own, until an invariant catches it. Minutes for each; one at a time.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { buildMutant } from './mutant-server.ts'
import { nodeMutants } from './mutants-nodes.ts'
import type { Caught } from './mutants-run.ts'
import type { Mutant } from './mutants.ts'

/** Seeds that a mutant must survive before it is a hole in the checker. */
const mostSeeds = 8
const program = join(import.meta.dirname, 'main.ts')
/** Enough for every fault of Redis; people who come and go all the time. */
const run = ['--nodes', '3', '--store', 'mongo', '--minutes', '0.7', '--people', '4', '--once']

/** @param options.names only these. `onProgress` hears of each as it is done. */
export async function runNodeMutants(options: {
  onProgress?: (caught: Caught, done: number, of: number) => void
  names?: readonly string[]
}): Promise<Caught[]> {
  const chosen = nodeMutants.filter(({ name }) => options.names?.includes(name) ?? true)
  const all: Caught[] = []
  for (const mutant of chosen) {
    const caught = await runMutant(mutant)
    all.push(caught)
    options.onProgress?.(caught, all.length, chosen.length)
  }
  return all
}

async function runMutant({ name, places, seed: first = 1 }: Mutant): Promise<Caught> {
  const startedAt = performance.now()
  const server = await buildMutant(name, places)
  let caughtBySeed: number | null = null
  let invariant: string | null = null
  const others = Array.from({ length: mostSeeds }, (_, index) => index + 1).filter((seed) => seed !== first)
  for (const seed of [first, ...others]) {
    const { code, output } = await torture(seed, server)
    if (code === 0) continue
    // Anything but a violation would say nothing about the mutant.
    if (code !== 1) throw new Error(`the torture of “${name}” ended with ${code}:\n${output}`)
    caughtBySeed = seed
    invariant = [...new Set(output.match(/^I\d+(?= \(INV-)/gm))].join(' ')
    break
  }
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return { name, caughtBySeed, invariant, seconds }
}

function torture(seed: number, server: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, '--seed', String(seed), ...run], {
    env: { ...process.env, PALABRE_PROGRAM: server },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((done) => child.once('close', (code) => done({ code, output })))
}
