// PURE: figures and findings → the lines that people read.
import type { History, Step } from './history.ts'
import { told, type Violation } from './invariants.ts'
import type { Caught } from './mutants-run.ts'
import { faultNamesOf, type FaultName, type PlanOptions } from './plan.ts'
import type { Outcome, Progress } from './run.ts'

/** Lines of one history; the file has all of it. */
const shownSteps = 80
const shownViolations = 5

type Kind = Pick<PlanOptions, 'nodes' | 'store'>

/** What this run cannot break, and where it is broken. */
export function elsewhere({ nodes, store }: Kind): string[] {
  const missing: string[] = []
  if (nodes === 1) missing.push('Redis away, slow, or cut from one node: --nodes 3 --store mongo')
  if (store === 'mongo') missing.push('a full disk, an older backup restored: --store sqlite')
  return missing
}

const names: { readonly [name in FaultName]: string } = {
  drop: 'connection dropped',
  cut: 'link cut for a while',
  cutBeforeCommit: 'cut before the server has the request',
  cutAfterCommit: 'cut after the commit',
  loseAck: 'only the acknowledgement lost',
  halfOpen: 'half-open link',
  stall: 'link stalled',
  slowLink: 'slow link',
  slowConsumer: 'slow consumer',
  repeatHttp: 'HTTP requests repeated',
  delayHttp: 'HTTP requests delayed',
  clockJump: 'clock off by a day',
  clockSteps: 'clock stepping',
  tokenExpires: 'token expires in flight',
  reload: 'client reloaded',
  reloadFullOutbox: 'reloaded with a full outbox',
  leaderKilled: 'leading tab killed in a write',
  removedWhileOffline: 'member removed while offline',
  killInAppend: 'node killed (-9) in an append',
  killInFanout: 'node killed (-9) in a fan-out',
  kill: 'node killed (-9)',
  rollingRestart: 'rolling restart',
  storm: 'reconnect storm of all',
  diskFull: 'disk full',
  storeRefuses: 'store not writable',
  killDevices: 'devices killed (-9)',
  restore: 'older backup restored',
  storeAway: 'store away from one node',
  storeSlow: 'store slow for one node',
  nodeDrained: 'one node drained, and back later',
  redisRestarted: 'Redis restarted',
  redisAway: 'Redis away',
  redisSlow: 'Redis slow',
  redisCut: 'Redis cut from one node',
}

export function progressLine(
  { figures, round, rounds, doing, violations }: Progress,
  seconds: number,
): string {
  const faults = [...figures.faults].map(([name, times]) => `${name} ${times}`).join(', ')
  return (
    `${seconds.toFixed(0).padStart(4)} s  round ${round}/${rounds} ${doing}: ${figures.messages} messages, ` +
    `${figures.acknowledged} acknowledged, ${figures.reconnects} reconnects, ${figures.looked} views checked, ` +
    `${violations.length} violations; faults: ${faults || 'none yet'}`
  )
}

export function table(outcome: Outcome, kind: Kind): string {
  const { figures, counted, convergenceMs, checks, violations } = outcome
  const faults = faultNamesOf(kind).map((name): Row => [`  ${names[name]}`, figures.faults.get(name) ?? 0])
  const total = faults.reduce((sum, [, times]) => sum + Number(times), 0)
  const worst = convergenceMs.length === 0 ? 'never' : `${(Math.max(...convergenceMs) / 1_000).toFixed(1)} s`
  const rows: Row[] = [
    ['messages written', figures.messages],
    ['messages acknowledged', figures.acknowledged],
    ['faults', total],
    ...faults,
    ['reconnects', figures.reconnects],
    ['gaps repaired', figures.gaps],
    ['windows started over', figures.resets],
    ['tokens that ran out on a live connection', figures.expired],
    ['duplicates suppressed (answers seen on the links)', figures.duplicates],
    ['duplicates suppressed (counted by the server)', counted.duplicates],
    ['views checked while running', figures.looked],
    ['invariants checked at rest', checks],
    ['worst time to convergence after the last fault', worst],
    ['violations', violations.length],
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')
}

export function mutantTable(all: readonly Caught[]): string {
  const width = Math.max(...all.map(({ name }) => name.length))
  const rows = all.map(({ name, caughtBySeed, invariant, seconds }) => {
    const by = caughtBySeed === null ? 'SURVIVED' : `caught by seed ${caughtBySeed} (${invariant ?? '?'})`
    return `${name.padEnd(width)}  ${by}, ${seconds} s`
  })
  const survived = all.filter(({ caughtBySeed }) => caughtBySeed === null).length
  const total = all.reduce((sum, { seconds }) => sum + seconds, 0)
  return [...rows, `${all.length - survived} of ${all.length} mutants caught in ${total.toFixed(0)} s`].join(
    '\n',
  )
}

type Row = [string, number | string]

/** The violations, and of the first one every step that concerns what it names. */
export function findings(violations: readonly Violation[], history: History): string {
  const [first] = violations
  if (first === undefined) return ''
  const concerned = history.steps.filter((step) => concerns(step, first.ids))
  const shown = concerned.slice(-shownSteps).map((step) => `    ${line(step)}`)
  return [
    ...violations.slice(0, shownViolations).map(told),
    ...(violations.length > shownViolations ? [`… and ${violations.length - shownViolations} more`] : []),
    '',
    `what happened around the first one (${concerned.length} of ${history.steps.length} steps${concerned.length > shownSteps ? `, the last ${shownSteps}` : ''}):`,
    ...shown,
  ].join('\n')
}

/** A step about one of the messages named, else about one of the devices or conversations. */
function concerns(step: Step, ids: readonly string[]): boolean {
  if (step.step === 'fault' || step.step === 'restored') return true
  if (step.step === 'kept' || step.step === 'marks') return false
  const message = 'id' in step ? step.id : null
  if (message !== null && ids.includes(message)) return true
  if (step.step === 'heard') {
    return ids.includes(step.device) && ids.includes(step.conversation)
  }
  return 'conversation' in step && ids.includes(step.conversation) && (message === null || ids.length < 3)
}

function line(step: Step): string {
  const { step: name, at, ...rest } = step
  return `${String(at).padStart(7)} ms  ${name} ${JSON.stringify(rest)}`
}
