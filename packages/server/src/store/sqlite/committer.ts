// Turns a batch of operations into one transaction, answered after its commit (P1). A refusal is a result like any
// other. Anything unexpected rolls the batch back, and its operations run again one by one, so that a bad one fails
// alone. It knows neither threads nor queues: `worker.ts` and `here.ts` hold one each, and `writer.ts` sees to it that
// they never write at the same time.
import type { Database } from 'better-sqlite3'
import { PalabreError } from '@palabre/protocol'
import { createHeads } from './heads.ts'
import type { Answer, Answers, Operation } from './wire.ts'
import { createWrites } from './writes/index.ts'

export interface Committer {
  perform(operations: Operation[]): Answers
  /** To be called when somebody else has written: what it remembers of conversations may be old. */
  forget(): void
}

export function createCommitter(db: Database): Committer {
  const heads = createHeads(db)
  const writes: Record<string, (...args: never[]) => unknown> = createWrites(db, heads)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')

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

  function answersTo(operations: Operation[]): Answer[] {
    try {
      return transact(operations)
    } catch {
      return operations.map(alone)
    }
  }

  return {
    perform(operations) {
      const startedAt = performance.now()
      const answers = answersTo(operations)
      // Outside of any transaction: SQLite copies nothing home within one.
      if (operations.some(([name]) => name === 'compact')) db.pragma('wal_checkpoint(TRUNCATE)')
      return { answers, durationMs: performance.now() - startedAt }
    },
    forget: () => heads.discard(),
  }
}
