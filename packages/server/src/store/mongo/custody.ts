// A MongoDB store in an operator's hands (`port/custody.ts`). A copy is a file of records, each conversation of one
// instant, however much servers write meanwhile. It is restored into a database that is empty: nothing here can put the
// present store aside in one step, so nothing here takes it away.
import { rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import type { Db } from 'mongodb'
import type { Copies, Custody, Occupied } from '../port/custody.ts'
import { blobsNamedBy, type Doctor, type NamedBlob } from '../port/doctor.ts'
import { ledgerAfterRestore, type ErasureRow } from '../port/erasures.ts'
import { inBatches, transferFormat, type TransferJournal } from '../port/transfer.ts'
import { connect } from './connection.ts'
import { openCopyDoctor } from './copy/doctor.ts'
import { factsOfCopy, readCopy, renewCopy } from './copy/file.ts'
import { takeCopy } from './copy/take.ts'
import { examineDatabase } from './doctor/examine.ts'
import { repairDatabase } from './doctor/repair.ts'
import { mediaFrom, mediaOf } from './media.ts'
import { erasureFrom, erasuresOf } from './erasures/erasures.ts'
import { epochIn, needSchema, needWhole } from './meta.ts'
import { occupy, type Tenancy } from './tenancy.ts'
import { openMongoTarget } from './transfer.ts'

/** What can be done with the file of a copy. No database is asked. */
export const mongoCopies = {
  engine: 'mongo',
  facts: factsOfCopy,
  /** There has been one shape only. */
  update: (file) => void factsOfCopy(file),
  doctor: openCopyDoctor,
} as const satisfies Copies

export function mongoCustody(url: string): Custody {
  return {
    ...mongoCopies,
    async take(file, options = {}) {
      const connection = await connect(url)
      try {
        return await takeCopy(connection.db, file, options)
      } finally {
        await connection.close()
      }
    },
    async erasures() {
      const connection = await connect(url)
      try {
        await needStore(connection.db)
        return (await erasuresOf(connection.db).find().sort({ _id: 1 }).toArray()).map(erasureFrom)
      } finally {
        await connection.close()
      }
    },
    doctor: async (file) => (file === undefined ? openDoctor(url) : openCopyDoctor(file)),
    occupy: () => occupyStore(url),
  }
}

async function openDoctor(url: string): Promise<Doctor> {
  const connection = await connect(url)
  try {
    await needStore(connection.db)
  } catch (error) {
    await connection.close()
    throw error
  }
  return {
    examine: (options) => examineDatabase(connection.db, options),
    blobs: () => namedBlobs(connection.db),
    close: () => connection.close(),
  }
}

async function* namedBlobs(db: Db): AsyncIterable<NamedBlob> {
  for await (const document of mediaOf(db).find({ state: 'ready' })) yield* blobsNamedBy(mediaFrom(document))
}

/** @throws unless there is a store of this program's */
async function needStore(db: Db): Promise<void> {
  if ((await epochIn(db)) === null) throw new Error('there is no store in that database')
  await needSchema(db)
  await needWhole(db)
}

async function occupyStore(url: string): Promise<Occupied> {
  const connection = await connect(url)
  const { db } = connection
  let isLost = false
  let tenancy: Tenancy | null = null
  let ledger: readonly ErasureRow[] = []
  try {
    tenancy = await occupy(db, { onLost: () => (isLost = true) })
  } catch (error) {
    await connection.close()
    throw error
  }

  async function leave(): Promise<void> {
    await tenancy?.leave()
    tenancy = null
  }

  return {
    async needRoom() {
      if ((await db.collection('users').findOne({})) !== null)
        throw new Error(
          'there is a store in that database already: name another one in MONGODB_URL, restore there, and start with it',
        )
    },
    revive(file, kept = []) {
      renewCopy(file, randomUUID())
      ledger = kept
    },
    async install(file) {
      // The target takes the database for itself.
      await leave()
      await installCopy(url, file)
      await carryLedger(db, ledger)
      rmSync(file)
      return null
    },
    async repair() {
      await needStore(db)
      const { repairable } = await examineDatabase(db)
      if (isLost) throw new Error('somebody else has taken that database meanwhile')
      return repairable === 0 ? [] : repairDatabase(db)
    },
    async release() {
      await leave()
      await connection.close()
    },
  }
}

/** What is restored into a database that is empty meets no ledger there but the copy's own (ERASE-5). */
async function carryLedger(db: Db, kept: readonly ErasureRow[]): Promise<void> {
  const erasures = erasuresOf(db)
  const copied = (await erasures.find().toArray()).map(erasureFrom)
  for (const { userId, ...row } of ledgerAfterRestore(kept, copied, () => false, Date.now()))
    await erasures.replaceOne({ _id: { $eq: userId } }, row, { upsert: true })
}

/** Puts a copy into a database that is empty. Until all of it is there it is no store for any server. */
async function installCopy(url: string, file: string): Promise<void> {
  const { epoch } = factsOfCopy(file)
  const target = await openMongoTarget(url)
  try {
    let journal: TransferJournal = {
      format: transferFormat,
      from: 'backup',
      epoch,
      fingerprint: epoch,
      place: null,
      written: 0,
    }
    await target.begin(journal)
    for await (const records of inBatches(readCopy(file))) {
      journal = { ...journal, written: journal.written + records.length }
      await target.write(records, journal)
    }
    await target.finish()
  } finally {
    await target.close()
  }
}
