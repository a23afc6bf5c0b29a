// The simulation as a process: it is given orders as JSON and says one line of JSON for each seed that failed, and one at
// the end. Traced, it prints all that happens in one history instead, packets included.
import { createHash } from 'node:crypto'
import type { History } from '../torture/history.ts'
import { told } from '../torture/invariants.ts'
import { isWrong, shorten, simulate } from './simulate.ts'

export interface Orders {
  seeds: number[]
  /** Stop at the first that fails, and do not look for its shortest beginning. */
  isFirstOnly?: boolean
  isHashed?: boolean
  /** Only so many deeds and faults of each; then a trace of it. */
  traced?: number
}

export interface Failure {
  seed: number
  /** The shortest beginning that fails, in deeds and faults; null: not looked for. */
  steps: number | null
  /** Names of the invariants that are broken; none when something unexpected was thrown. */
  invariants: string[]
  /** What is wrong, in words. */
  told: string[]
  /** What was done to everybody until then. */
  faults: string[]
}

export interface Summary {
  histories: number
  failures: number
  cpuMs: number
  /** Observations by kind. */
  steps: Record<string, number>
  /** Of each history, when asked for. */
  hashes: string[]
}

async function run({ seeds, isFirstOnly = false, isHashed = false }: Orders): Promise<void> {
  const summary = { histories: 0, failures: 0, steps: {} as Record<string, number>, hashes: [] as string[] }
  for (const seed of seeds) {
    summary.histories++
    const outcome = await simulate(seed)
    if (isHashed) summary.hashes.push(hashOf(outcome.history))
    for (const { step } of outcome.history.steps) summary.steps[step] = (summary.steps[step] ?? 0) + 1
    if (!isWrong(outcome)) continue
    summary.failures++
    const short = isFirstOnly ? null : await shorten(seed)
    const { violations, errors, history } = short?.outcome ?? outcome
    say({
      seed,
      steps: short?.steps ?? null,
      invariants: [...new Set(violations.map(({ invariant }) => invariant))],
      told: [...violations.map(told), ...errors],
      faults: history.steps.flatMap((step) =>
        step.step === 'fault' ? [`${time(step.at)} ${step.what}`] : [],
      ),
    } satisfies Failure)
    if (isFirstOnly) break
  }
  const { user, system } = process.cpuUsage()
  say({ ...summary, cpuMs: Math.round((user + system) / 1_000) } satisfies Summary)
}

/** Every observation and every packet of one history, in order. */
async function trace(seed: number, steps: number): Promise<void> {
  const lines: [at: number, line: string][] = []
  const { history, violations, errors } = await simulate(seed, steps, {
    sent: (at, device, packet) => lines.push([at, `${device} → ${packet}`]),
    arrived: (at, device, packet) => lines.push([at, `${device} ← ${packet}`]),
  })
  for (const { at, step, ...rest } of history.steps)
    if (step !== 'heard') lines.push([at, `* ${step} ${JSON.stringify(rest)}`])
  lines.sort(([a], [b]) => a - b)
  for (const [at, line] of lines) process.stdout.write(`${time(at)} ${line}\n`)
  for (const line of [...violations.map(told), ...errors]) process.stdout.write(`${line}\n`)
}

function hashOf(history: History): string {
  return createHash('sha256').update(JSON.stringify(history)).digest('hex')
}

/** Of the virtual day. */
function time(at: number): string {
  return new Date(at).toISOString().slice(11, 23)
}

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}

const orders = JSON.parse(process.argv[2] ?? '{"seeds":[]}') as Orders
const [only] = orders.seeds
if (orders.traced !== undefined && only !== undefined) await trace(only, orders.traced)
else await run(orders)
