/**
 * Every check of the project, one line each: types, lint, format, walls, unused exports, rules, locales,
 * sizes, floors, files, docs. `npm run check -- walls rules` runs only these.
 *
 * Two at a time, the long ones first. `--report <file>` leaves the counts for `npm test`.
 */
import { writeFileSync } from 'node:fs'
import { checkDocs } from './check-docs.ts'
import { checkFiles } from './check-files.ts'
import { checkFloors } from './check-floors.ts'
import { checkLicences } from './check-licences.ts'
import { checkLocales } from './check-locales.ts'
import { checkRules } from './check-rules.ts'
import { checkSize } from './check-size.ts'
import { checkFormat, checkLint, checkTypes, checkWalls } from './check-tools.ts'
import { checkUnused } from './check-unused.ts'

/** Answers what is wrong, a line each; nothing when all is well. */
type Check = () => string[] | Promise<string[]>

const checks: Record<string, Check> = {
  'lint:tests': () => checkLint(['.'], ['packages/**']),
  'lint:web': () => checkLint(['packages/web']),
  'lint:server': () => checkLint(['packages/server']),
  'lint:client': () => checkLint(['packages'], ['packages/web/**', 'packages/server/**']),
  'types:server': () => checkTypes('packages/server'),
  'types:web': () => checkTypes('packages/web'),
  'types:worker': () => checkTypes('packages/web/tsconfig.worker.json'),
  'types:client': () => checkTypes('packages/client'),
  'types:protocol': () => checkTypes('packages/protocol'),
  'types:tests': () => checkTypes('tsconfig.json'),
  walls: checkWalls,
  format: checkFormat,
  unused: checkUnused,
  rules: checkRules,
  locales: checkLocales,
  size: checkSize,
  floors: checkFloors,
  licences: checkLicences,
  files: checkFiles,
  docs: checkDocs,
}

const lanes = 2
/** Of one check; the rest is rarely news. */
const shownProblems = 40

async function main(args: string[]): Promise<number> {
  const reportAt = args.indexOf('--report')
  const report = reportAt < 0 ? undefined : args[reportAt + 1]
  const wanted = reportAt < 0 ? args : args.toSpliced(reportAt, 2)
  const unknown = wanted.filter((name) => !Object.keys(checks).some((key) => matches(key, name)))
  if (unknown.length > 0) {
    console.error(`No check is called ${unknown.join(', ')}; there are: ${Object.keys(checks).join(', ')}.`)
    return 1
  }
  const queue = Object.entries(checks).filter(
    ([key]) => wanted.length === 0 || wanted.some((name) => matches(key, name)),
  )
  const counts = { passed: 0, failed: 0 }
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [name, check] = next
        const begun = Date.now()
        const problems = await run(check)
        const took = `${((Date.now() - begun) / 1000).toFixed(1)} s`
        if (problems.length === 0) counts.passed += 1
        else counts.failed += 1
        console.log(`${problems.length === 0 ? '✓' : '✗'} ${name.padEnd(15)} ${took}`)
        for (const problem of problems.slice(0, shownProblems)) console.log(`    ${problem}`)
        if (problems.length > shownProblems) console.log(`    … and ${problems.length - shownProblems} more`)
      }
    }),
  )
  if (report !== undefined) writeFileSync(report, JSON.stringify(counts))
  return counts.failed > 0 ? 1 : 0
}

/** `types` means all of `types:…`, `lint` all of `lint:…`. */
function matches(key: string, name: string): boolean {
  return key === name || key.startsWith(`${name}:`)
}

async function run(check: Check): Promise<string[]> {
  try {
    return await check()
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}

process.exitCode = await main(process.argv.slice(2))
