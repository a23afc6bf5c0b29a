// The operator of a server: the program's own commands, each as a process of its own that can be killed like any other.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Custody, SnapshotFacts } from '../../packages/server/src/store/port/custody.ts'
import { sqliteCustody } from '../../packages/server/src/store/sqlite/custody.ts'
import { program, root } from './server.ts'
import type { StoreName } from './stores.ts'
import { eventually } from './wait.ts'

/** A copy of MongoDB goes into another database: its commands are tested beside them (`cli/mongo.test.ts`). */
const custodies: Partial<Record<StoreName, (dataDir: string) => Custody>> = { sqlite: sqliteCustody }

export interface Ended {
  /** Null when it was killed. */
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

export interface RunningCommand {
  readonly pid: number
  readonly ended: Promise<Ended>
  kill(signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM'): void
}

/** Starts a command on the store of that folder. `input` is sent to its standard input. */
export function startCommand(dataDir: string, args: string[], input?: Buffer): RunningCommand {
  const child = spawn(process.execPath, [...program, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const output: Buffer[] = []
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  // Whoever refuses does not read to the end.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return {
    pid: child.pid ?? 0,
    ended: new Promise((done) => {
      child.once('close', (code) => done({ code, output: Buffer.concat(output).toString('latin1'), errors }))
    }),
    kill: (signal) => child.kill(signal),
  }
}

/** Runs a command to its end, whatever that is. */
export async function palabre(dataDir: string, ...args: string[]): Promise<Ended> {
  return startCommand(dataDir, args).ended
}

/** Runs a command that must succeed; answers what it said. */
export async function palabreDoes(dataDir: string, ...args: string[]): Promise<string> {
  const { code, output, errors } = await palabre(dataDir, ...args)
  if (code !== 0) throw new Error(`palabre ${args.join(' ')} ended with ${code}:\n${output}${errors}`)
  return output
}

/** Resolves as soon as something that this command has not finished lies in that folder. */
export async function drafting({ pid }: RunningCommand, folder: string): Promise<void> {
  const isThere = () => readdirSync(folder).some((name) => name.endsWith(`.${pid}.partial`))
  await eventually(async () => {
    // A draft lives for milliseconds.
    for (let looks = 0; looks < 1_000; looks++) {
      if (isThere()) return true
      await setImmediate()
    }
    return undefined
  }, `a draft in ${folder}`)
}

/** What a store holds, of a server that runs or not. */
export async function storeFacts(store: StoreName, dataDir: string): Promise<SnapshotFacts> {
  const custody = custodies[store]
  if (custody === undefined) throw new Error(`nobody has a copy of ${store} taken yet`)
  const copy = join(dataDir, `facts-${process.pid}`)
  try {
    return await custody(dataDir).take(copy)
  } finally {
    await rm(copy, { force: true })
  }
}
