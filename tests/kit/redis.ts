// A Redis for tests: `redis-server` from PATH on a free port of loopback, in a folder of its own, that keeps nothing. It
// can be stopped, killed and started again, empty, on the same port. What a link to it does is `network.ts`'s affair.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './server.ts'
import { eventually } from './wait.ts'

export interface TestRedis {
  readonly port: number
  /** Straight to it. */
  readonly url: string
  /** SIGTERM; resolves when it has gone. */
  stop(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
  /** Again on the same port, with nothing in it. Nothing happens when it is up. */
  start(): Promise<void>
  isUp(): boolean
  /** Stops it for good and takes its folder away. */
  close(): Promise<void>
}

/** `redis://` to that port of loopback, such as a link's. */
export const redisUrl = (port: number) => `redis://127.0.0.1:${port}`

/** Resolves when it answers. @throws when there is no redis-server on PATH */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'palabre-redis-'))
  let child: ChildProcess | null = null
  process.once('exit', abandon)

  /** Whatever ends this process leaves none behind. */
  function abandon(): void {
    child?.kill('SIGKILL')
  }

  async function start(): Promise<void> {
    if (child !== null) return
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
    const started = spawn('redis-server', [...options, '--save', '', '--appendonly', 'no'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    let failure: Error | null = null
    child = started
    started.once('error', (error) => (failure = error))
    started.once('exit', () => {
      if (child === started) child = null
    })
    await eventually(async () => {
      if (failure !== null) throw new Error('there is no redis-server on PATH', { cause: failure })
      return (await answers(port)) ? true : undefined
    }, `redis-server on port ${port} answers`)
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const ending = child
    child = null
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = new Promise((done) => ending.once('exit', done))
    ending.kill(signal)
    await ended
  }

  await start()
  return {
    port,
    url: redisUrl(port),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
    isUp: () => child !== null,
    async close() {
      process.off('exit', abandon)
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One PING by hand. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (isUp: boolean) => {
      socket.destroy()
      resolve(isUp)
    }
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (bytes) => done(bytes.toString().startsWith('+PONG')))
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
  })
}
