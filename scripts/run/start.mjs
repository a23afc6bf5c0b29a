/**
 * Runs the built server until it is told to stop. The server itself prints its one URL.
 * Stopping it with SIGINT or SIGTERM is a success: exit code 0.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './process.mjs'

export function start(args) {
  return new Promise((resolve, reject) => {
    const server = spawn(
      process.execPath,
      // Without `__proto__` no JSON can reach a prototype.
      ['--disable-proto=delete', '--enable-source-maps', join(root, 'packages/server/dist/main.js'), ...args],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
    )
    let isStopping = false
    const stop = (signal) => {
      // A terminal's Ctrl-C reaches us twice, from the terminal and from npm: pass it on once.
      if (isStopping) return
      isStopping = true
      server.kill(signal)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    server.once('error', reject)
    server.once('exit', (code, signal) => {
      const isAsked = isStopping || signal === 'SIGINT' || signal === 'SIGTERM'
      resolve(isAsked && (code ?? 0) === 0 ? 0 : (code ?? 1))
    })
  })
}
