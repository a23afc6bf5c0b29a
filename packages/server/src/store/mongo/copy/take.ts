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
    const known = new Set<UserId>()
    for await (const batch of mongoReading(db).read()) {
      signal?.throwIfAborted()
      // Nobody can use them after a restore, and a thief should not learn of them.
      const records = batch.filter(({ type }) => type !== 'session')
      for (const record of records) if (record.type === 'user') known.add(record.id)
      const newcomers = await newcomersIn(db, records, known)
      writer.write(newcomers)
      writer.write(records)
      count(counts, newcomers)
      count(counts, records)
      onProgress?.(Math.min(counts.messages, total), total)
    }
    writer.finish(counts)
  } finally {
    writer.close()
  }
  return { engine: 'mongo', schema, epoch, counts }
}

/** The profiles of those who are named and not known yet. */
async function newcomersIn(
  db: Db,
  records: readonly TransferRecord[],
  known: Set<UserId>,
): Promise<TransferRecord[]> {
  const ids = [...new Set(records.flatMap(namedIn))].filter((id) => !known.has(id))
  if (ids.length === 0) return []
  for (const id of ids) known.add(id)
  const found = await usersOf(db)
    .find({ _id: { $in: ids } })
    .toArray()
  return found.map(userRecord)
}

/** Whom a record needs to be there. */
export function namedIn(record: TransferRecord): UserId[] {
  switch (record.type) {
    case 'user':
      return []
    case 'seen':
    case 'session':
    case 'account':
      return [record.userId]
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
