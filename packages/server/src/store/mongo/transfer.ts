// MongoDB stores that are moved, from here or to here (`port/transfer.ts`). Both have the database alone (`tenancy.ts`).
// What is written is no store for any server until the journal of it is taken away, which is one step.
import type { Db } from 'mongodb'
import type {
  TransferJournal,
  TransferReading,
  TransferSource,
  TransferState,
  TransferTarget,
} from '../port/transfer.ts'
import { connect, type Connection } from './connection.ts'
import { examineDatabase } from './doctor/examine.ts'
import { createIndexes, indexes } from './indexes.ts'
import { metaOf, needSchema, needWhole } from './meta.ts'
import { occupy } from './tenancy.ts'
import { quietConversations, settleCheckpoints } from './transfer-quiet.ts'
import { mongoReading } from './transfer-read.ts'
import { mongoTransferWriter } from './transfer-write.ts'

/** Collections that have no index of their own. */
const others = ['conversations', 'lastSeen', 'digests', 'audit', 'credentials', 'banned']

/** @throws when there is no store, or a server has it */
export async function openMongoSource(url: string): Promise<TransferSource> {
  return alone(url, async ({ db, held, leave }) => {
    if ((await metaOf(db).findOne({ _id: { $eq: 'epoch' } })) === null)
      throw new Error('there is no store in that database')
    await needSchema(db)
    await needWhole(db)
    await settleCheckpoints(db)
    const reading = mongoReading(db, quietConversations)
    return { ...whileHeld(reading, held), close: leave }
  })
}

/** @throws when a server has it */
export async function openMongoTarget(url: string): Promise<TransferTarget> {
  return alone(url, async ({ db, held, leave }) => {
    const writer = mongoTransferWriter(db)

    async function state(): Promise<TransferState> {
      const journal = await writer.journal()
      if (journal !== null) return { is: 'partial', journal }
      // Where nobody has signed up there is nothing to lose: somebody has only started a server on it.
      const counts = ['users', 'conversations', 'messages'].map((name) => db.collection(name).findOne({}))
      if ((await Promise.all(counts)).every((found) => found === null)) return { is: 'empty' }
      const epoch = await metaOf(db).findOne({ _id: { $eq: 'epoch' } })
      return { is: 'store', epoch: String(epoch?.value ?? '') }
    }

    return {
      engine: 'mongo',
      state,
      async begin(journal: TransferJournal) {
        held()
        if ((await state()).is === 'store') throw new Error('there is a store in that database')
        // Until it is empty, what is there is of no known state.
        await writer.begin({ ...journal, fingerprint: '' })
        await empty(db)
        await createIndexes(db)
        await writer.begin(journal)
      },
      async write(records, journal) {
        held()
        await writer.write(records, journal)
      },
      reading: whileHeld(mongoReading(db, quietConversations), held),
      examine: (signal) => examineDatabase(db, { ...(signal && { signal }) }),
      async finish() {
        held()
        await writer.end()
        return null
      },
      close: leave,
    }
  })
}

interface Alone {
  db: Db
  /** @throws when somebody else may have the database by now */
  held(): void
  leave(): Promise<void>
}

async function alone<T>(url: string, open: (parts: Alone) => Promise<T>): Promise<T> {
  const connection: Connection = await connect(url)
  try {
    const tenancy = await occupy(connection.db, { onLost: () => undefined })
    try {
      return await open({
        db: connection.db,
        held() {
          if (!tenancy.isHeld()) throw new Error('somebody else may have taken that database meanwhile')
        },
        leave: () => connection.close(tenancy.leave),
      })
    } catch (error) {
      await tenancy.leave()
      throw error
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}

function whileHeld(reading: TransferReading, held: () => void): TransferReading {
  return {
    facts: () => reading.facts(),
    async *read(options) {
      for await (const records of reading.read(options)) {
        held()
        yield records
      }
    },
  }
}

/** Everything of ours but the journal and who uses it. */
async function empty(db: Db): Promise<void> {
  for (const name of [...Object.keys(indexes), ...others]) await db.collection(name).drop()
}
