/**
 * The one door behind `npm start`, `npm test` and the `npm run …` commands.
 *
 * Needs nothing but Node: it looks at Node's version, installs when the lockfile changed, builds when
 * sources changed, and then does what was asked. It says what it does and how long each step took.
 * It deliberately knows nothing about the product: the server program's own commands are passed on to it.
 */
import { resolve } from 'node:path'
import { checkNode, ensureInstalled } from './run/install.mjs'
import { ensureServer, ensureWeb } from './run/build.mjs'
import { fail, node, tsx } from './run/process.mjs'
import { start } from './run/start.mjs'
import { test } from './run/test.mjs'
import { torture } from './run/torture.mjs'

const commands = {
  async start(args) {
    await ensureInstalled()
    await ensureServer()
    // `--help` only lists the configuration: nobody should wait for the web app to be built for that.
    if (args.includes('--help') || args.includes('-h')) return node(['packages/server/dist/main.js', ...args])
    await ensureWeb()
    return start(args)
  },
  async test(args) {
    await ensureInstalled()
    return test(args)
  },
  async check(args) {
    await ensureInstalled()
    await ensureWeb()
    return tsx('scripts/check.ts', args)
  },
  async seed(args) {
    await ensureInstalled()
    return tsx('scripts/seed.ts', args)
  },
  async torture(args) {
    await ensureInstalled()
    return torture(args)
  },
  async abuse(args) {
    await ensureInstalled()
    await ensureServer()
    return tsx('tests/abuse/main.ts', args, { env: { ...process.env, PALABRE_BUILT: '1' } })
  },
  async sbom(args) {
    await ensureInstalled()
    return tsx('scripts/sbom.ts', args)
  },
  async bench(args) {
    await ensureInstalled()
    await ensureServer()
    return tsx('bench/run.ts', args)
  },
  ...operators('backup', 'restore', 'verify', 'doctor', 'migrate'),
}

/** The server program's own commands, for who keeps a server. A FILE is where the person stands, not where npm does. */
function operators(...names) {
  const command = (name) => async (args) => {
    await ensureInstalled()
    await ensureServer()
    const here = process.env.INIT_CWD ?? process.cwd()
    const given = args.map((arg) => placed(arg, here))
    return node(['packages/server/dist/main.js', name, ...given], { stdio: 'inherit' })
  }
  return Object.fromEntries(names.map((name) => [name, command(name)]))
}

/** An argument that names a file or a folder, from where the person stands; any other one as it is. */
function placed(arg, here) {
  const [, before, folder] = /^((?:--(?:from|to)=)?sqlite:)(.+)$/s.exec(arg) ?? []
  if (folder !== undefined) return before + resolve(here, folder)
  return /^(-|mongodb(\+srv)?:|mongodb$)/.test(arg) ? arg : resolve(here, arg)
}

checkNode()
const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) fail(`Say one of: ${Object.keys(commands).join(', ')}.`)
try {
  process.exitCode = await command(args)
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}
