// Copies a store that servers may be writing to. Each conversation is as it was when its turn came (`instant.ts`); who
// is named in it and came later than the people were copied is copied with it, so a copy never names somebody who is
// not in it.
import type { Db } from 'mongodb'
import type { UserId } from '@palabre/protocol'
import type { SnapshotFacts, SnapshotOptions } from '../../port/custody.ts'
import type { TransferRecord } from '../../port/transfer.ts'
import { epochIn, schema } from '../meta.ts'
import { messagesOf } from '../rows.ts'
import { mongoReading, userRecord } from '../transfer-read.ts'
import { usersOf } from '../users.ts'
import { writeCopy, type CopyCounts } from './file.ts'

/** @throws when there is no store; what was written is the caller's to remove */
export async function takeCopy(
  db: Db,
  file: string,
  { signal, onProgress }: SnapshotOptions,
): Promise<SnapshotFacts> {
  signal?.throwIfAborted()
  const epoch = await epochIn(db)
  if (epoch === null) throw new Error('there is no store in that database')
  const total = await messagesOf(db).estimatedDocumentCount()
  const counts: CopyCounts = { users: 0, conversations: 0, messages: 0 }
  const writer = writeCopy(file, epoch)
  try {
    for await (const records of complete(db, mongoReading(db).read())) {
      signal?.throwIfAborted()
      writer.write(records)
      count(counts, records)
      onProgress?.(Math.min(counts.messages, total), total)
    }
    writer.finish(counts)
  } finally {
    writer.close()
  }
  return { engine: 'mongo', schema, epoch, counts }
}

/** Without sessions, and with whoever is named and was not there yet when the people were read. */
export async function* complete(
  db: Db,
  batches: AsyncIterable<TransferRecord[]>,
): AsyncIterable<TransferRecord[]> {
  const known = new Set<UserId>()
  for await (const batch of batches) {
    // Nobody can use them after a restore, and a thief should not learn of them.
    const records = batch.filter(({ type }) => type !== 'session')
    for (const record of records) if (record.type === 'user') known.add(record.id)
    const newcomers = new Set(records.flatMap(namedIn).filter((id) => !known.has(id)))
    if (newcomers.size > 0) {
      for (const id of newcomers) known.add(id)
      const found = await usersOf(db)
        .find({ _id: { $in: [...newcomers] } })
        .toArray()
      yield found.map(userRecord)
    }
    yield records
  }
}

/** Whom a record needs to be there. */
export function namedIn(record: TransferRecord): UserId[] {
  switch (record.type) {
    case 'user':
    // Those whom it names may have gone since.
    case 'audit':
    // It may name people who are not there.
    case 'erasure':
    case 'invite':
    case 'ban':
    // Who made it, and whose words are in it, may have gone.
    case 'report':
      return []
    case 'seen':
    case 'credentials':
    case 'session':
    case 'account':
      return [record.userId]
    case 'media':
      return [record.ownerId]
    case 'conversation':
      return [record.createdBy]
    case 'message':
      return [record.senderId, ...record.mentions, ...record.reactions.flatMap(({ userIds }) => userIds)]
    case 'members':
      return record.members.map(({ userId }) => userId)
  }
}

function count(counts: CopyCounts, records: readonly TransferRecord[]): void {
  for (const { type } of records) {
    if (type === 'user') counts.users += 1
    else if (type === 'conversation') counts.conversations += 1
    else if (type === 'message') counts.messages += 1
  }
}
