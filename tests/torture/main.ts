// The program behind `npm run torture`: reads its options, plays the plan of a seed, prints how it goes and what came
// out, and ends with 0 or 1 (2: it was asked for what it cannot do; 3: the run itself broke).
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Caught } from './mutants-run.ts'
import { help, readOptions, type TortureOptions } from './options.ts'
import { createPlan } from './plan.ts'
import { elsewhere, findings, mutantTable, progressLine, table } from './report.ts'
import { torture, type Progress } from './run.ts'
import { shorten } from './shorten.ts'

const progressEveryMs = 5_000
const out = resolve(import.meta.dirname, '../../.build')

async function main(args: string[]): Promise<number> {
  const asked = readOptions(args, Date.now() % 1_000_000_007)
  if (asked.ask === 'help') {
    process.stdout.write(help)
    return 0
  }
  if (asked.ask === 'nothing') {
    process.stderr.write(`${asked.sentence}\n`)
    return asked.code
  }
  return asked.options.mutants ? runAllMutants(asked.options.nodes) : run(asked.options)
}

/** Every deliberate defect, and the seed that caught it. */
async function runAllMutants(nodes: number): Promise<number> {
  const onProgress = ({ name, caughtBySeed }: Caught, done: number, of: number) =>
    say(
      `${String(done).padStart(3)}/${of}  ${name}: ${caughtBySeed === null ? 'not caught' : `seed ${caughtBySeed}`}`,
    )
  const all =
    nodes > 1
      ? await import('./mutants-nodes-run.ts').then(({ runNodeMutants }) => runNodeMutants({ onProgress }))
      : await import('./mutants-run.ts').then(({ runMutants }) => runMutants({ onProgress }))
  say(mutantTable(all))
  return all.every(({ caughtBySeed }) => caughtBySeed !== null) ? 0 : 1
}

async function run(options: TortureOptions): Promise<number> {
  const begun = Date.now()
  const plan = createPlan(options)
  const { seed, minutes, people, devices, nodes, store } = options
  say(
    `seed ${seed}: ${people} people with ${devices} devices each, ${nodes} ${nodes > 1 ? 'nodes' : 'node'} on ${store}, ` +
      `${plan.rounds.length} rounds in about ${minutes} min`,
  )
  for (const missing of elsewhere(options)) say(`not here: ${missing}`)
  const outcome = await torture(plan, printer(begun), options.isOnce)
  say(table(outcome, options))
  for (const trouble of outcome.troubles) say(`not as planned: ${trouble}`)
  if (outcome.violations.length === 0) {
    say(`seed ${seed}: no violation in ${((Date.now() - begun) / 1_000).toFixed(0)} s`)
    return 0
  }
  say(findings(outcome.violations, outcome.history))
  mkdirSync(out, { recursive: true })
  const file = resolve(out, `torture-${seed}.json`)
  writeFileSync(file, JSON.stringify(outcome.history))
  say(`the whole history is in ${file}`)
  const shorter = options.isOnce ? null : await shorten(plan, outcome, say)
  if (shorter !== null) say(findings(shorter.violations, shorter.history))
  say(
    `seed ${seed}: ${outcome.violations.length} violations; again: npm run torture -- --seed ${seed} --minutes ${minutes} --people ${people} --devices ${devices} --nodes ${nodes} --store ${store}`,
  )
  return 1
}

/** Every few seconds a line, and at each turn of a round. */
function printer(begun: number): (progress: Progress) => void {
  let last = 0
  let doing = ''
  let told = 0
  return (progress) => {
    const now = Date.now()
    // At once: a run that is ended before its time has said what it saw.
    for (const { invariant, sentence } of progress.violations.slice(told)) say(`${invariant}: ${sentence}`)
    told = progress.violations.length
    const turn = `${progress.round} ${progress.doing}`
    if (now - last < progressEveryMs && turn === doing) return
    last = now
    doing = turn
    say(progressLine(progress, (now - begun) / 1_000))
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code))
// What breaks the run itself is no violation, and must not be taken for one.
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 3
})
