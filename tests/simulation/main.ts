// A process that simulates histories: `FROM COUNT [first]` prints one line of JSON for each seed that failed and one at the
// end; with `first` it stops at the first that fails. `SEED STEPS trace` prints all that happens in one, packets included.
import { told } from '../torture/invariants.ts'
import { isWrong, shorten, simulate } from './simulate.ts'

export interface Failure {
  seed: number
  /** The shortest beginning that fails, in deeds and faults. */
  steps: number
  /** Names of the invariants that are broken. */
  invariants: string[]
  told: string[]
  log: string[]
}

export interface Summary {
  histories: number
  failures: number
  cpuMs: number
  /** Observations by kind. */
  steps: Record<string, number>
}

async function run(from: number, count: number, isFirstOnly: boolean): Promise<void> {
  let failures = 0
  let histories = 0
  const steps: Record<string, number> = {}
  for (let seed = from; seed < from + count; seed++) {
    histories++
    const outcome = await simulate(seed)
    for (const { step } of outcome.history.steps) steps[step] = (steps[step] ?? 0) + 1
    if (!isWrong(outcome)) continue
    failures++
    const short = isFirstOnly ? null : await shorten(seed)
    const { violations, errors, history } = short?.outcome ?? outcome
    say({
      seed,
      steps: short?.steps ?? -1,
      invariants: [...new Set(violations.map(({ invariant }) => invariant))],
      told: [...violations.map(told), ...errors],
      log: history.steps.flatMap((step) => (step.step === 'fault' ? [`${step.at}: ${step.what}`] : [])),
    } satisfies Failure)
    if (isFirstOnly) break
  }
  const { user, system } = process.cpuUsage()
  say({ histories, failures, cpuMs: Math.round((user + system) / 1_000), steps } satisfies Summary)
}

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
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
  for (const [at, line] of lines)
    process.stdout.write(`${new Date(at).toISOString().slice(11, 23)} ${line}\n`)
  for (const line of [...violations.map(told), ...errors]) process.stdout.write(`${line}\n`)
}

const [, , from = '1', count = '1', how] = process.argv
if (how === 'trace') await trace(Number(from), Number(count))
else await run(Number(from), Number(count), how === 'first')
