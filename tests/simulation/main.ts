// A process that simulates histories: `node simulation.cjs FROM COUNT [first]` prints one line of JSON for each seed that
// failed and one at the end; with `first` it stops at the first that fails.
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

const [, , from = '1', count = '1', first] = process.argv
await run(Number(from), Number(count), first === 'first')
