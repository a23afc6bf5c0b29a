// One history again, with everything that happens in it: `npx tsx tests/simulation/replay.ts SEED [STEPS]`.
// STEPS: only its first deeds and faults. A third argument, the name of a mutant: with that defect.
import { spawn } from 'node:child_process'
import { mutants } from '../torture/mutants.ts'
import { buildSimulation } from './build.ts'
import type { Orders } from './main.ts'

const [, , seed, steps, name] = process.argv
if (seed === undefined) throw new Error('npx tsx tests/simulation/replay.ts SEED [STEPS] [MUTANT]')
const mutant = mutants.find((one) => one.name === name)
if (name !== undefined && mutant === undefined)
  throw new Error(`one of: ${mutants.map((one) => one.name).join(', ')}`)
const file = await buildSimulation('replay', mutant?.places)
const orders: Orders = { seeds: [Number(seed)], traced: Number(steps ?? 1_000) }
spawn(process.execPath, [file, JSON.stringify(orders)], { stdio: 'inherit' })
