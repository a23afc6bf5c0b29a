// `npm run abuse`: all that a hostile client may do, against built servers; `--mutants`: with one control taken away at a
// time, to see that its test notices; `--only NAME` for one of them. Ends with 1 when anything got through.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildMutant } from '../torture/mutant-server.ts'
import { removals, type Removal } from './removals.ts'

const root = resolve(import.meta.dirname, '../..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const controls = 'tests/abuse/controls.test.ts'

const { values } = parseArgs({
  options: {
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
    runs: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) {
  console.log(
    [
      'npm run abuse -- [--seed N] [--runs N]      all of it; N nonsensical connections (120)',
      'npm run abuse -- --mutants [--only NAME]    takes one control away at a time: its test must fail',
    ].join('\n'),
  )
} else {
  process.exitCode = values.mutants ? await takeAway() : await abuse()
}

function run(
  args: string[],
  env: Record<string, string>,
  isShown: boolean,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'server', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: isShown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((done) => child.once('close', (code) => done({ code, output })))
}

async function abuse(): Promise<number> {
  const env = {
    ...(values.seed === undefined ? {} : { SEED: values.seed }),
    ...(values.runs === undefined ? {} : { RUNS: values.runs }),
  }
  const { code } = await run(
    ['tests/abuse', 'tests/integration/hostile.test.ts', 'tests/integration/strangers.test.ts'],
    env,
    true,
  )
  return code ?? 1
}

async function takeAway(): Promise<number> {
  const chosen = removals.filter(({ name }) => values.only === undefined || name === values.only)
  if (chosen.length === 0) throw new Error(`one of: ${removals.map(({ name }) => name).join(', ')}`)
  let unnoticed = 0
  for (const [nth, removal] of chosen.entries()) {
    const begun = performance.now()
    const isNoticed = await isNoticedBy(removal)
    if (!isNoticed) unnoticed += 1
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
    const what = isNoticed ? 'noticed' : 'NOT NOTICED'
    console.log(
      `${nth + 1} of ${chosen.length}  ${removal.row.padEnd(6)}  ${removal.name}: ${what}  (${seconds} s)`,
    )
  }
  console.log(
    unnoticed === 0 ? 'Every control that was taken away was missed.' : `${unnoticed} were not missed.`,
  )
  return unnoticed === 0 ? 0 : 1
}

/** Its row's tests fail on a server without it; and they have run. */
async function isNoticedBy({ row, name, places }: Removal): Promise<boolean> {
  const program = await buildMutant(`without ${name.replaceAll(/[^\w ]/gu, '')}`, places)
  const { code, output } = await run(
    [controls, '-t', `\\[${row}\\]`],
    { PALABRE_PROGRAM: program, STORES: 'sqlite' },
    false,
  )
  if (code === 0) return false
  // A server that does not even start, or a test that does not run, would say nothing.
  if (!/Tests\s.*\d+ failed/u.test(output.replaceAll(/\u001b\[\d+m/gu, '')))
    throw new Error(`the tests of “${name}” did not run:\n${output.slice(-3_000)}`)
  return true
}
