// What the store knows of itself: its epoch (SYNC-7) and the shape of its documents.
import { randomUUID } from 'node:crypto'
import type { Collection, Db } from 'mongodb'
import { sessionsOf } from './sessions.ts'
import { untilTaken } from './taking.ts'

export interface MetaDocument {
  /** `search`: how far words were given to what was there before (`words.ts`). `transfer`: the journal of a move into this database that is not done (`transfer-write.ts`). */
  _id: 'epoch' | 'schema' | 'probed' | 'transfer' | 'search'
  value: string | number
}

/** Of the documents that this program reads and writes. */
export const schema = 1

export function metaOf(db: Db): Collection<MetaDocument> {
  return db.collection<MetaDocument>('meta')
}

/** The epoch of the store, made if it has none: of nodes that start at once, all have the same. */
export async function epochOf(db: Db): Promise<string> {
  return String(await given(db, 'epoch', randomUUID()))
}

/** @throws when a newer program has used it */
export async function needSchema(db: Db): Promise<void> {
  const held = Number(await given(db, 'schema', schema))
  if (held > schema)
    throw new Error(`it has schema ${held}, this program knows ${schema}: use a newer program`)
}

/** @throws when a move into this database is not done: then it is no store yet */
export async function needWhole(db: Db): Promise<void> {
  if ((await metaOf(db).findOne({ _id: { $eq: 'transfer' } })) !== null)
    throw new Error(
      'what was being moved or restored into this database is not all there: do that again first',
    )
}

/** The epoch that is kept; null: no server has ever used this database. */
export async function epochIn(db: Db): Promise<string | null> {
  const held = await metaOf(db).findOne({ _id: { $eq: 'epoch' } })
  return held === null ? null : String(held.value)
}

/** Another life of the store: a new epoch, in which no session of the old one is known (SYNC-7). */
export async function beginEpoch(db: Db): Promise<void> {
  await metaOf(db).updateOne({ _id: { $eq: 'epoch' } }, { $set: { value: randomUUID() } })
  await sessionsOf(db).deleteMany({})
}

/** A trivial write, durable when it resolves. */
export async function probe(db: Db, now: number): Promise<void> {
  await untilTaken(() =>
    metaOf(db).updateOne({ _id: { $eq: 'probed' } }, { $set: { value: now } }, { upsert: true }),
  )
}

/** What is there, or else `value`, which is there from now on. */
async function given(
  db: Db,
  name: MetaDocument['_id'],
  value: MetaDocument['value'],
): Promise<MetaDocument['value']> {
  const meta = metaOf(db)
  return untilTaken(async () => {
    await meta.updateOne({ _id: { $eq: name } }, { $setOnInsert: { value } }, { upsert: true })
    return (await meta.findOne({ _id: { $eq: name } }))?.value
  })
}
