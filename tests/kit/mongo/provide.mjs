// Finds the MongoDB that tests use: MONGODB_URL; mongod on PATH; the engine of this folder (root on Debian). What is
// started here listens on a free port of loopback, and goes away with its data.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { onPath } from '../../../scripts/run/process.mjs'

const startWithinMs = 60_000

/**
 * Answers { url, stop } with a URL that names no database, or { reason } why there is none. What is started prints to
 * standard error.
 */
export async function provideMongo() {
  const stop = async () => {}
  const given = process.env.MONGODB_URL
  if (given) return { url: given, stop }
  try {
    if (onPath('mongod') !== undefined) return await startMongod(onPath('mongod'))
    if (existsSync('/etc/debian_version') && process.arch === 'x64' && process.getuid?.() === 0) {
      return await startEngine()
    }
  } catch (error) {
    return { reason: error.message, stop }
  }
  return {
    reason: 'there is no MONGODB_URL, no mongod on PATH, and no root on Debian to start an engine',
    stop,
  }
}

async function startEngine() {
  const port = String(await freePort())
  const { code, output } = await runScript('start', [port, String(process.pid)])
  const url = output.trim().split('\n').at(-1)
  if (code !== 0) throw new Error('the engine for MongoDB did not start; its own words are above')
  return {
    url,
    async stop() {
      await runScript('stop', [port])
    },
  }
}

function runScript(name, args) {
  const child = spawn(join(import.meta.dirname, name), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

async function startMongod(program) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'palabre-mongod-'))
  const args = [
    '--bind_ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--dbpath',
    folder,
    '--nounixsocket',
    '--quiet',
  ]
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const deadline = Date.now() + startWithinMs
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop()
      throw new Error('mongod did not start')
    }
    await pause(50)
  }
  return { url: `mongodb://127.0.0.1:${port}/?directConnection=true`, stop }
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function freePort() {
  const probe = net.createServer()
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}
