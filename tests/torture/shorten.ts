// After a violation: tries the round in which it was found again, alone and with fewer faults, and keeps the smallest
// plan that still breaks the same invariant. Real processes do not repeat themselves exactly: it may find nothing.
import type { Fault, Plan, PlannedStep } from './plan.ts'
import { torture, type Outcome } from './run.ts'

/** Each takes about a minute. */
const replays = 4

export async function shorten(
  plan: Plan,
  found: Outcome,
  say: (text: string) => void,
): Promise<Outcome | null> {
  const round = plan.rounds[found.failedRound ?? -1]
  const invariant = found.violations[0]?.invariant
  if (round === undefined || invariant === undefined) return null
  let best: Outcome | null = null
  let kept = round.steps.filter(isFault)
  for (let replay = 0; replay < replays && (replay === 0 || kept.length > 1); replay += 1) {
    // The round as it was first; then one half of what is left, the later one more likely.
    const half = Math.ceil(kept.length / 2)
    const tried = replay === 0 ? kept : replay % 2 === 1 ? kept.slice(-half) : kept.slice(0, half)
    const steps = round.steps.filter((step) => !isFault(step) || tried.includes(step))
    say(`trying the round again with ${tried.length} of ${round.steps.filter(isFault).length} faults`)
    const outcome = await torture({ ...plan, rounds: [{ ...round, steps }] }, () => undefined)
    if (outcome.violations.some((violation) => violation.invariant === invariant)) {
      say(`it is enough: ${tried.map(({ fault }) => fault).join(', ')}`)
      best = outcome
      kept = tried
    } else {
      say('nothing this time')
      if (replay === 0) return null
    }
  }
  return best
}

function isFault(step: PlannedStep): step is PlannedStep & Fault {
  return step.type === 'fault'
}
