// What a database says of itself: its schema, its epoch, how much it holds. For copies as for the store.
import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { SnapshotFacts } from '../port/custody.ts'
import { migrations } from './migrations/index.ts'

/** @throws when it is no store of ours, or of a newer program */
export function factsOf(db: Database): SnapshotFacts {
  const schema = schemaOf(db)
  const count = (table: string) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
  const epoch = db.prepare<[], string>("SELECT value FROM meta WHERE name = 'epoch'").pluck().get()
  if (epoch === undefined) throw new Error('it has no epoch: no server has ever used it')
  const counts = {
    users: count('users'),
    conversations: count('conversations'),
    messages: count('messages'),
  }
  return { engine: 'sqlite', schema, epoch, counts }
}

/** @throws unless it has the schema of this program */
export function newestSchema(db: Database): void {
  const [schema, newest] = [schemaOf(db), migrations.length]
  if (schema < newest)
    throw new Error(
      `it has schema ${schema}, this program ${newest}: start the server once, which brings it up to date`,
    )
}

/** Another life of the store: a new epoch, in which no session of the old one is known (SYNC-7). */
export function beginEpoch(db: Database): void {
  db.prepare("UPDATE meta SET value = ? WHERE name = 'epoch'").run(randomUUID())
  db.prepare('DELETE FROM sessions').run()
}

function schemaOf(db: Database): number {
  const schema = Number(db.pragma('user_version', { simple: true }))
  const newest = migrations.length
  if (schema < 1) throw new Error('it is not a database of this program')
  if (schema > newest)
    throw new Error(`it has schema ${schema}, this program knows ${newest}: use a newer program`)
  return schema
}
