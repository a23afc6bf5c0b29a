// The writer's thread, so that waiting for a slow disk never holds up a socket. It opens, locks and migrates the
// database, commits what it is given (`committer.ts`), and copies the log home when that has grown.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { createCommitter } from './committer.ts'
import { openLock, openWriter } from './connection.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { createSearchIndex } from './search/search-index.ts'
import { databaseFile, lockFile, type Answers, type ToWorker, type WorkerData } from './wire.ts'

export function serve(port: MessagePort, { dataDir }: WorkerData): void {
  const lock = openLock(join(dataDir, lockFile))
  const db = openWriter(join(dataDir, databaseFile))
  migrate(db, migrations, join(dataDir, 'backups'))
  const epoch = epochOf()
  createSearchIndex(db).begin()
  const committer = createCommitter(db)

  function epochOf(): string {
    db.prepare("INSERT OR IGNORE INTO meta (name, value) VALUES ('epoch', ?)").run(randomUUID())
    const row = db.prepare<[], { value: string }>("SELECT value FROM meta WHERE name = 'epoch'").get()
    if (row === undefined) throw new Error('the store has no epoch')
    return row.value
  }

  port.on('message', (asked: ToWorker) => {
    if (asked === 'end') {
      // Leaves one file behind, whole by itself.
      db.pragma('wal_checkpoint(TRUNCATE)')
      db.close()
      lock.close()
      port.close()
    } else if (asked === 'forget') {
      committer.forget()
    } else {
      port.postMessage(committer.perform(asked) satisfies Answers)
    }
  })
  port.postMessage({ epoch })
}

if (parentPort !== null) serve(parentPort, workerData as WorkerData)
