/**
 * Puts the packages in place, and only when they are not: a stamp inside node_modules holds a hash of what
 * they depend on, and vanishes with it.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, onPath, root, run, say, seconds } from './process.mjs'

const oldestNode = [20, 19]
const stampPath = join(root, 'node_modules', '.palabre-stamp')

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return
  fail(`Node ${oldestNode.join('.')} or newer is needed; this is ${process.versions.node}.`)
}

/** What an installation depends on: wanted packages, the lockfile, and the Node that native code is built for. */
function wantedStamp() {
  const hash = createHash('sha256')
  const folders = readdirSync(join(root, 'packages')).map((name) => join('packages', name))
  for (const folder of ['.', ...folders.sort()]) {
    const path = join(root, folder, 'package.json')
    if (!existsSync(path)) continue
    const { dependencies, devDependencies, overrides, allowScripts } = JSON.parse(readFileSync(path, 'utf8'))
    hash.update(JSON.stringify([folder, dependencies, devDependencies, overrides, allowScripts]))
  }
  hash.update(readFileSync(join(root, 'package-lock.json')))
  hash.update(`${process.versions.modules} ${process.platform} ${process.arch}`)
  return hash.digest('hex')
}

export async function ensureInstalled() {
  const wanted = wantedStamp()
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8').trim() === wanted) return

  const absent = [
    ['g++', ['g++', 'clang++', 'c++']],
    ['make', ['make', 'gmake']],
    ['python3', ['python3', 'python']],
  ].filter(([, names]) => onPath(...names) === undefined)
  if (absent.length > 0) {
    fail(
      `SQLite is compiled once, which needs ${absent.map(([name]) => name).join(', ')}: install it ` +
        `(on Debian or Ubuntu: sudo apt-get install -y g++ make python3) and start again.`,
    )
  }

  const begun = Date.now()
  say('installing the packages; the first time compiles SQLite, about two minutes in all')
  const still = setInterval(() => say(`still ${what()} (${seconds(begun)})`), 15_000)
  const npm = process.env.npm_execpath
  const quiet = ['--no-fund', '--no-audit', '--loglevel=error']
  const ask = (args) => (npm?.endsWith('.js') ? run(process.execPath, [npm, ...args]) : run('npm', args))
  try {
    // No package runs a program of its own here, but for those that need to and that package.json names.
    if ((await ask(['ci', '--ignore-scripts', ...quiet])) !== 0)
      fail('npm ci did not succeed; its own words are above.')
    if ((await ask(['rebuild', ...quiet, ...allowed()])) !== 0)
      fail('npm rebuild did not succeed; its own words are above.')
  } finally {
    clearInterval(still)
  }
  writeFileSync(stampPath, `${wanted}\n`)
  say(`packages installed in ${seconds(begun)}`)
}

/** Packages whose install scripts may run. */
function allowed() {
  const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.keys(allowScripts).filter((name) => allowScripts[name] === true)
}

/** The one long step can be seen from outside. */
function what() {
  return existsSync(join(root, 'node_modules/better-sqlite3/build'))
    ? 'compiling SQLite'
    : 'fetching packages'
}

/** Notes that what is installed is what is wanted, for a checkout that was installed by hand. */
export function stampInstalled() {
  writeFileSync(stampPath, `${wantedStamp()}\n`)
}
