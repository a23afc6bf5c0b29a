// One server node under torture: a real process on a data folder of its own, that can be killed, drained, started again,
// hindered from writing, and taken back to an older backup. It also reads the store's truth, from outside.
// Several nodes would be several of these on one store; that store does not exist yet.
import { execFile, execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { palabreDoes } from '../kit/operator.ts'
import { spawnServer, type ServerProcess } from '../kit/server.ts'
import type { Truth } from './history.ts'
import { truthOf } from './truth.ts'

export interface Node {
  readonly url: string
  readonly port: number
  kill(): Promise<void>
  /** SIGTERM: the polite way. */
  drain(): Promise<void>
  start(): Promise<void>
  isUp(): boolean
  /** No file that it writes can grow, as on a full disk; answers how it is undone. */
  fillDisk(): Promise<() => Promise<void>>
  /** Nothing that it writes is taken at all; answers how it is undone. */
  refuseWrites(): Promise<() => Promise<void>>
  /** `palabre backup`, while it runs; answers `palabre restore`, for when it is down. */
  backUp(): Promise<() => Promise<void>>
  truth(presence?: Truth['presence']): Truth
  /** A counter of its metrics, over all its lives as far as they were looked at. */
  counted(name: string): number
  /** Reads its metrics. */
  look(): Promise<void>
  output(): string
  stop(): Promise<void>
}

const run = promisify(execFile)
const databaseFile = 'palabre.db'
/** Where the data folder is a file system of its own. */
const diskBytes = 96 * 1_024 * 1_024
/** Short, so that tokens run out many times in a run. */
const tokenSeconds = 20

export async function startNode(): Promise<Node> {
  const disk = await smallDisk()
  const server: ServerProcess = await spawnServer(
    'sqlite',
    { ACCESS_TOKEN_SECONDS: String(tokenSeconds) },
    disk.folder,
  )
  const database = join(server.dataDir, databaseFile)
  const backups = await mkdtemp(join(tmpdir(), 'palabre-backups-'))
  const counters = new Map<string, { before: number; now: number }>()
  let isUp = true
  let backupCount = 0
  process.once('exit', abandon)

  /** Whatever ends this process: no server, no file system is left behind. */
  function abandon(): void {
    try {
      process.kill(-server.pid, 'SIGKILL')
    } catch {
      // It is down.
    }
    disk.abandon()
    rmSync(backups, { recursive: true, force: true })
  }

  async function look(): Promise<void> {
    // A connection of an earlier life must not be used again.
    const headers = { connection: 'close' }
    const text = await fetch(`${server.url}/metrics`, { headers }).then((answer) => answer.text())
    for (const line of text.split('\n')) {
      const match = /^([a-z_A-Z]+_total)(?:\{[^}]*\})? (\d+)/.exec(line)
      if (match === null) continue
      const [, name = '', value] = match
      const counter = counters.get(name) ?? { before: 0, now: 0 }
      counters.set(name, { ...counter, now: Number(value) })
    }
  }

  /** Its counters begin at nought in each life. */
  function ended(): void {
    isUp = false
    for (const [name, { before, now }] of counters) counters.set(name, { before: before + now, now: 0 })
  }

  return {
    url: server.url,
    port: server.port,
    isUp: () => isUp,
    async kill() {
      isUp = false
      await server.kill()
      ended()
    },
    async drain() {
      await look().catch(() => undefined)
      isUp = false
      const code = await server.drain()
      ended()
      if (code !== 0)
        throw new Error(`the server ended with ${code} when it was asked to:\n${server.output()}`)
    },
    async start() {
      await server.restart()
      isUp = true
    },
    async fillDisk() {
      if (!disk.isOwn) return limitFiles(server.pid, (await stat(database)).size)
      // What the log has room for would be taken still.
      withDatabase(database, (db) => db.pragma('wal_checkpoint(TRUNCATE)'))
      const filler = join(disk.folder, 'filler')
      await fill(filler)
      return () => rm(filler, { force: true })
    },
    refuseWrites: () => limitFiles(server.pid, 0),
    async backUp() {
      backupCount += 1
      const file = join(backups, `${backupCount}.tar`)
      await palabreDoes(server.dataDir, 'backup', file)
      return async () => {
        await palabreDoes(server.dataDir, 'restore', file)
      }
    },
    truth(presence = null) {
      const db = new Database(database, { readonly: true })
      try {
        return db.transaction(() => truthOf(db, presence))()
      } finally {
        db.close()
      }
    },
    counted: (name) => {
      const { before, now } = counters.get(name) ?? { before: 0, now: 0 }
      return before + now
    },
    look,
    output: () => server.output(),
    async stop() {
      process.off('exit', abandon)
      await server.stop()
      await rm(backups, { recursive: true, force: true })
      await disk.stop()
    },
  }
}

function withDatabase(file: string, use: (db: Database.Database) => unknown): void {
  const db = new Database(file)
  try {
    use(db)
  } finally {
    db.close()
  }
}

interface Disk {
  readonly folder: string
  readonly isOwn: boolean
  stop(): Promise<void>
  /** Now, without waiting for anything. */
  abandon(): void
}

/** A file system of its own where this may be made (root on Linux), else a plain folder. */
async function smallDisk(): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), 'palabre-disk-'))
  const isOwn = await run('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes},mode=700`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  )
  await mkdir(folder, { recursive: true })
  return {
    folder,
    isOwn,
    async stop() {
      if (isOwn) await run('umount', ['-l', folder]).catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
    abandon() {
      if (isOwn) execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Writes until there is no room, to the last page. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (const size of [1_024 * 1_024, 4_096]) {
      const chunk = Buffer.alloc(size)
      let isFull = false
      while (!isFull) {
        isFull = await file.write(chunk).then(
          ({ bytesWritten }) => bytesWritten < size,
          () => true,
        )
      }
    }
  } finally {
    await file.close().catch(() => undefined)
  }
}

/** Writes beyond that many bytes of a file fail in that process from now on. */
async function limitFiles(pid: number, bytes: number): Promise<() => Promise<void>> {
  const limit = async (soft: string) => {
    await run('prlimit', ['--pid', String(pid), `--fsize=${soft}:unlimited`])
  }
  await limit(String(bytes))
  // Of a process that has gone meanwhile there is nothing to undo.
  return () => limit('unlimited').catch(() => undefined)
}
