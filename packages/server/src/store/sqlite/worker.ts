// The only writer, in a thread of its own, so that waiting for the disk never holds up a socket.
// A batch is whatever queued while the last one was written: one transaction, answered after its commit (P1).
// A refusal is a result like any other. Anything unexpected rolls the batch back, and its operations run again
// one by one, so that a bad one fails alone.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { PalabreError } from '@palabre/protocol'
import { openLock, openWriter } from './connection.ts'
import { createHeads } from './heads.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { databaseFile, lockFile, type Answer, type Answers, type Operation, type WorkerData } from './wire.ts'
import { createWrites } from './writes/index.ts'

export function serve(port: MessagePort, { dataDir }: WorkerData): void {
  const lock = openLock(join(dataDir, lockFile))
  const db = openWriter(join(dataDir, databaseFile))
  migrate(db, migrations, join(dataDir, 'backups'))
  const epoch = epochOf()
  const heads = createHeads(db)
  const writes: Record<string, (...args: never[]) => unknown> = createWrites(db, heads)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')

  function epochOf(): string {
    db.prepare("INSERT OR IGNORE INTO meta (name, value) VALUES ('epoch', ?)").run(randomUUID())
    const row = db.prepare<[], { value: string }>("SELECT value FROM meta WHERE name = 'epoch'").get()
    if (row === undefined) throw new Error('the store has no epoch')
    return row.value
  }

  function run([name, args]: Operation): Answer {
    const write = writes[name]
    if (write === undefined) throw new Error(`no such write: ${name}`)
    try {
      return { value: write(...(args as never[])) }
    } catch (error) {
      if (!(error instanceof PalabreError)) throw error
      return error.details === undefined
        ? { refused: error.code }
        : { refused: error.code, details: error.details }
    }
  }

  /** All of it durable, or none of it and an exception. */
  function transact(operations: Operation[]): Answer[] {
    begin.run()
    try {
      const answers = operations.map(run)
      heads.flush()
      commit.run()
      return answers
    } catch (error) {
      heads.discard()
      if (db.inTransaction) rollback.run()
      throw error
    }
  }

  function alone(operation: Operation): Answer {
    try {
      return transact([operation])[0] ?? { failed: 'no answer' }
    } catch (error) {
      return { failed: error instanceof Error ? error.message : String(error) }
    }
  }

  function perform(operations: Operation[]): Answer[] {
    try {
      return transact(operations)
    } catch {
      return operations.map(alone)
    }
  }

  port.on('message', (operations: Operation[] | null) => {
    if (operations === null) {
      // Leaves one file behind, whole by itself.
      db.pragma('wal_checkpoint(TRUNCATE)')
      db.close()
      lock.close()
      port.close()
      return
    }
    const startedAt = performance.now()
    const answers = perform(operations)
    port.postMessage({ answers, durationMs: performance.now() - startedAt } satisfies Answers)
  })
  port.postMessage({ epoch })
}

if (parentPort !== null) serve(parentPort, workerData as WorkerData)
