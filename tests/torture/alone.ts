// A server that stands alone under torture: one node on SQLite, on a data folder of its own that is a small disk where the
// run may mount one. It can be hindered from writing and taken back to an older backup; the truth is read from its file.
import { execFile, execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { palabreDoes } from '../kit/operator.ts'
import { spawnServer, type ServerProcess } from '../kit/server.ts'
import { nodeOf } from './node.ts'
import { tokenSeconds, type Servers } from './servers.ts'
import { truthOf } from './truth.ts'

const run = promisify(execFile)
const databaseFile = 'palabre.db'
/** Where the data folder is a file system of its own. */
const diskBytes = 96 * 1_024 * 1_024

export async function startAlone(): Promise<Servers> {
  const disk = await smallDisk()
  const server: ServerProcess = await spawnServer(
    'sqlite',
    { ACCESS_TOKEN_SECONDS: String(tokenSeconds) },
    disk.folder,
  )
  const database = join(server.dataDir, databaseFile)
  const backups = await mkdtemp(join(tmpdir(), 'palabre-backups-'))
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

  return {
    nodes: [nodeOf(server)],
    url: server.url,
    port: server.port,
    links: [],
    served: () => Promise.resolve(),
    redis: null,
    async truth(presence = null) {
      const db = new Database(database, { readonly: true })
      try {
        return db.transaction(() => truthOf(db, presence))()
      } finally {
        db.close()
      }
    },
    disk: {
      async fill() {
        if (!disk.isOwn) return limitFiles(server.pid, (await stat(database)).size)
        // What the log has room for would be taken still.
        withDatabase(database, (db) => db.pragma('wal_checkpoint(TRUNCATE)'))
        const filler = join(disk.folder, 'filler')
        await fill(filler)
        return () => rm(filler, { force: true })
      },
      refuse: () => limitFiles(server.pid, 0),
    },
    backups: {
      async take() {
        backupCount += 1
        const file = join(backups, `${backupCount}.tar`)
        await palabreDoes(server.dataDir, 'backup', file)
        return async () => {
          await palabreDoes(server.dataDir, 'restore', file)
        }
      },
    },
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

interface SmallDisk {
  readonly folder: string
  readonly isOwn: boolean
  stop(): Promise<void>
  /** Now, without waiting for anything. */
  abandon(): void
}

/** A file system of its own where this may be made (root on Linux), else a plain folder. */
async function smallDisk(): Promise<SmallDisk> {
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
