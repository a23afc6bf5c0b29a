/**
 * Everything that proves the project: checks, unit and server tests (Vitest), journeys (Playwright).
 * The last line sums them up: `N passed, N failed`; each check counts as one test. What needs MongoDB is skipped, and
 * counted so, where there is none.
 *
 *   npm test                                everything
 *   npm test -- tests/integration/x.test.ts only these files (no checks)
 *   PALABRE_UNIT_ONLY=1 npm test            only what needs no server, browser or Redis
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { provideMongo } from '../../tests/kit/mongo/provide.mjs'
import { ensureServer, ensureWeb } from './build.mjs'
import { node, root, say, seconds, tsx } from './process.mjs'
import { provision } from './provision.mjs'

const out = '.build'

/** Each step writes its own figures to a file; `read` turns them into counts. */
const steps = {
  checks: {
    file: `${out}/check.json`,
    run: () => tsx('scripts/check.ts', ['--report', `${out}/check.json`]),
    read: ({ passed, failed }) => ({ passed, failed, skipped: 0 }),
  },
  'unit and server tests': {
    file: `${out}/vitest.json`,
    run: (args) =>
      node([
        'node_modules/vitest/vitest.mjs',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${out}/vitest.json`,
        ...args,
      ]),
    read: (report) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    }),
  },
  journeys: {
    file: `${out}/playwright.json`,
    run: (args) => node(['node_modules/@playwright/test/cli.js', 'test', ...args]),
    read: ({ stats }) => ({
      passed: stats.expected + stats.flaky,
      failed: stats.unexpected,
      skipped: stats.skipped,
    }),
  },
}

export async function test(args) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  mkdirSync(join(root, out), { recursive: true })
  const begun = Date.now()

  if (process.env.PALABRE_UNIT_ONLY === '1') {
    add(total, await step('unit and server tests', ['--project', 'unit', ...args]))
    return finish(total, begun, process.env.MONGODB_URL ? undefined : 'PALABRE_UNIT_ONLY is set')
  }

  await provision()
  await ensureServer()
  await ensureWeb()
  // Where tests start a server of its own, it is the one that was just built.
  process.env.PALABRE_BUILT = '1'
  const mongo = await startMongo()
  try {
    const journeys = args.filter((arg) => arg.includes('tests/e2e'))
    const others = args.filter((arg) => !arg.includes('tests/e2e'))
    // Who asks for the pictures wants every one; a run of everything has less time.
    if (journeys.some((arg) => arg.includes('screens'))) process.env.PALABRE_SCREENS = 'all'
    // Long suites run on SQLite alone then; who names them has them on every store (`tests/kit/on-stores.ts`).
    if (args.length === 0) process.env.PALABRE_LONG ??= '0'
    if (args.length === 0) add(total, await step('checks', []))
    if (args.length === 0 || others.length > 0) add(total, await step('unit and server tests', others))
    if (args.length === 0 || journeys.length > 0) add(total, await step('journeys', journeys))
  } finally {
    await mongo.stop()
  }
  return finish(total, begun, mongo.reason)
}

/** One server for the whole run. Without one, `reason` says why. */
async function startMongo() {
  const begun = Date.now()
  const mongo = await provideMongo()
  if (mongo.url !== undefined && !process.env.MONGODB_URL)
    say(`MongoDB for the tests started in ${seconds(begun)}`)
  if (mongo.url !== undefined) process.env.MONGODB_URL = mongo.url
  return mongo
}

/** Runs one step. A step that failed without a failed test (it could not even start) counts as one failure. */
async function step(name, args) {
  const { file, run, read } = steps[name]
  const path = join(root, file)
  rmSync(path, { force: true })
  const begun = Date.now()
  say(`running the ${name}`)
  const code = await run(args)
  const counts = existsSync(path)
    ? read(JSON.parse(readFileSync(path, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 }
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  say(`${name}: ${line(counts)} in ${seconds(begun)}`)
  return counts
}

function add(total, counts) {
  for (const key of Object.keys(total)) total[key] += counts[key]
}

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** @param absence why there was no MongoDB, if there was none */
function finish(total, begun, absence) {
  say(`all of it took ${seconds(begun)}`)
  if (absence !== undefined) say(`the MongoDB suites did not run: ${absence}`)
  process.stdout.write(`${line(total)}\n`)
  return total.failed > 0 || total.passed === 0 ? 1 : 0
}
