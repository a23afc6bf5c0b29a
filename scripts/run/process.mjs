/** Runs other programs and says what happens. No dependencies. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export function say(sentence) {
  process.stdout.write(`palabre: ${sentence}\n`)
}

/** Ends everything with one sentence. */
export function fail(sentence) {
  process.stderr.write(`palabre: ${sentence}\n`)
  process.exit(1)
}

/** The first of these programs that is on PATH, as a full path; undefined when none is. */
export function onPath(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // Not here: look on.
      }
    }
  }
  return undefined
}

/** Runs a program in the root folder with our own output; answers its exit code (128 + signal when killed). */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options })
    const forward = (signal) => child.kill(signal)
    process.on('SIGTERM', forward)
    process.on('SIGINT', forward)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGTERM', forward)
      process.off('SIGINT', forward)
      resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1))
    })
  })
}

export function node(args, options) {
  return run(process.execPath, args, options)
}

/** Runs a TypeScript file of this project. */
export function tsx(file, args = [], options) {
  return node(['--import', 'tsx', file, ...args], options)
}

export function seconds(sinceMs) {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`
}
