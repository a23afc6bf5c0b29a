/**
 * Runs the built server until it is told to stop, and prints its one URL when it answers.
 * Stopping it with SIGINT or SIGTERM is a success: exit code 0.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root, say } from './process.mjs'

export function start(args) {
  const begun = Date.now()
  return new Promise((resolve, reject) => {
    const server = spawn(
      process.execPath,
      // Without `__proto__` no JSON can reach a prototype.
      ['--disable-proto=delete', '--enable-source-maps', join(root, 'packages/server/dist/main.js'), ...args],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    )
    // The server says where it listens (a port of 0 is known to it alone).
    server.on('message', (message) => {
      if (typeof message?.url === 'string') say(`ready in ${Date.now() - begun} ms: ${message.url}`)
    })

    let isStopping = false
    const stop = (signal) => {
      // A terminal's Ctrl-C and npm both tell us, and the terminal tells the server as well: pass it on once.
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
