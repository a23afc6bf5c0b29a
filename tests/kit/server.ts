// Servers for tests: in this process (fast), or as a process of its own that can be killed like any other.
// Each has its own data folder and, on MongoDB, its own database, which go with it.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createApp, loadConfig, type Instead } from '@palabre/server'
import { dropStore, storeEnvironment, type StoreName } from './stores.ts'
import { eventually } from './wait.ts'

export interface TestServer {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly dataDir: string
  stop(): Promise<void>
}

export interface ServerProcess extends TestServer {
  readonly pid: number
  /** `kill -9` of the whole process group; the data stay. */
  kill(): Promise<void>
  /** SIGTERM: the polite way. Answers the exit code. */
  drain(): Promise<number | null>
  /** After `kill` or `drain`: again on the same data and port, or with other settings. */
  restart(changed?: Environment): Promise<void>
  /** What it has written so far, both streams. */
  output(): string
}

export type Environment = Readonly<Record<string, string>>

/** Several start at once, and other tests run beside them. */
const startWithinMs = 60_000

export const root = resolve(import.meta.dirname, '../..')
/** What `npm test` has just built is what ships; without it, the source; or a mutant. As `npm start` starts them. */
export const program = ['--disable-proto=delete', ...programOf(process.env)]

function programOf({ PALABRE_PROGRAM: own, PALABRE_BUILT: isBuilt }: NodeJS.ProcessEnv): string[] {
  if (own !== undefined) return [own]
  if (isBuilt === '1') return [join(root, 'packages/server/dist/main.js')]
  return ['--import', 'tsx', join(root, 'packages/server/src/main.ts')]
}

async function newDataDir(within = tmpdir()): Promise<string> {
  return mkdtemp(join(within, 'palabre-test-'))
}

/** The environment of a server with a store of its own; `drop` takes the store away. `more` may name another's store. */
function environment(
  store: StoreName,
  dataDir: string,
  port: number,
  more: Environment,
): { environment: Record<string, string>; drop: () => Promise<void> } {
  const own = 'MONGODB_URL' in more ? { STORE: store } : storeEnvironment(store)
  return {
    environment: {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDir,
      ...(store === 'sqlite' ? {} : { KEYS_DIR: join(dataDir, 'keys') }),
      RATE_LIMITS: 'off',
      PASSWORD_COST: 'light',
      LOG_LEVEL: 'error',
      ...own,
      ...more,
    },
    drop: () => dropStore(own),
  }
}

/** A server in this process, on a free port of loopback. `now`: its clock. `instead`: shorter waits. */
export async function startServer(
  store: StoreName,
  more: Environment = {},
  now?: () => number,
  instead?: Instead,
): Promise<TestServer> {
  const dataDir = await newDataDir()
  const { environment: env, drop } = environment(store, dataDir, 0, more)
  const app = await createApp(loadConfig(env), now, instead)
  const { port } = await app.listen()
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    dataDir,
    async stop() {
      await app.close()
      await drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A server as a process group of its own. Resolves when it answers /healthz. `within`: where its data folder is. */
export async function spawnServer(
  store: StoreName,
  more: Environment = {},
  within?: string,
): Promise<ServerProcess> {
  const dataDir = await newDataDir(within)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { environment: env, drop } = environment(store, dataDir, port, more)
  let child: ChildProcess
  let output = ''

  async function start(): Promise<void> {
    child = spawn(process.execPath, program, {
      cwd: root,
      detached: true,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    }
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output}`)
        return (await isHealthy(url)) ? true : undefined
      },
      () => `the server does not answer:\n${output}`,
      startWithinMs,
    )
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return child.exitCode
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
    // The group's number is the child's, because it was started detached.
    process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal)
    return ended
  }

  await start()
  return {
    url,
    port,
    dataDir,
    get pid() {
      return child.pid ?? 0
    },
    output: () => output,
    async kill() {
      await end('SIGKILL')
    },
    drain: () => end('SIGTERM'),
    async restart(changed = {}) {
      Object.assign(env, changed)
      await start()
    },
    async stop() {
      await end('SIGKILL')
      await drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok
  } catch {
    return false
  }
}

/** Of loopback; nobody else has been given it so far. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return port
}
