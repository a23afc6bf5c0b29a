// Makes again what follows from what is intact: indexes, checkpoints and digests from the log, marks within their bounds,
// names from profiles; and takes away documents that nobody can reach. Each by itself: this engine may be without
// transactions, and a repair that was stopped is begun again. The log itself is never touched.
// What devices may have believed of a wrong header begins a new epoch (SYNC-7), because numbers may be used again.
import type { Db } from 'mongodb'
import type { ConversationId } from '@palabre/protocol'
import { clipMarks } from '../../port/examine.ts'
import { plain, termsOf } from '../../port/names.ts'
import { memosOf } from '../digests.ts'
import { conversationDocument, membershipDocument, type Head } from '../heads.ts'
import { foldedAt, instantOf } from '../instant.ts'
import { beginEpoch } from '../meta.ts'
import { receiptsOf } from '../receipts.ts'
import { conversationsOf, membershipsOf, messagesOf } from '../rows.ts'
import { usersOf } from '../users.ts'
import { conversationIds, indexFaults, isFoundByName } from './examine.ts'
import { lookAt, type Looked } from './look.ts'
import { orphansIn, type Orphan } from './orphans.ts'

/** Answers each thing that was done. Nobody else may use the database. */
export async function repairDatabase(db: Db): Promise<string[]> {
  const done = [...(await repairIndexes(db)), ...(await repairOrphans(db)), ...(await repairNames(db))]
  let wereBelieved = false
  for await (const id of conversationIds(db)) {
    const looked = await lookAt(db, id)
    const repairable = looked?.findings.filter(({ canRepair }) => canRepair) ?? []
    const derived = looked?.derived ?? null
    if (derived === null || repairable.length === 0) continue
    // Before anything of it is put right: a repair that is stopped here must not leave devices with what was wrong.
    const isBelieved = repairable.some(({ wasBelieved }) => wasBelieved)
    if (isBelieved && !wereBelieved) await beginEpoch(db)
    wereBelieved ||= isBelieved
    await repairConversation(db, id, derived)
    done.push(`conversation ${id}: set right by its log (${repairable.map(({ says }) => says).join('; ')})`)
  }
  if (wereBelieved)
    done.push('the store: began a new epoch, so that every device loads it afresh; everybody signs in again')
  return done
}

async function repairConversation(
  db: Db,
  id: ConversationId,
  { areNumbersSure, isSystemSure }: NonNullable<Looked['derived']>,
): Promise<void> {
  const head = await headByLog(db, id)
  if (head === null) return
  const { _id: _, ...header } = conversationDocument(head)
  const { rev, lastSeq, activeAt, ...system } = header
  await memosOf(db).deleteOne({ _id: { $eq: id } })
  if (isSystemSure) {
    const { _id: _, ...membership } = membershipDocument(head.folded)
    await membershipsOf(db).updateOne({ _id: { $eq: id } }, { $set: membership }, { upsert: true })
  }
  await conversationsOf(db).updateOne(
    { _id: { $eq: id } },
    { $set: { ...(areNumbersSure && { rev, lastSeq, activeAt }), ...(isSystemSure && system) } },
  )
  if (areNumbersSure) await repairMarks(db, id, lastSeq)
}

/** Not by the checkpoints, which may be what is wrong. */
async function headByLog(db: Db, id: ConversationId): Promise<Head | null> {
  const instant = await instantOf(messagesOf(db), id)
  const folded = instant === null ? null : await foldedAt(messagesOf(db), id, instant)
  return instant === null || folded === null ? null : { folded, ...instant }
}

async function repairMarks(db: Db, id: ConversationId, lastSeq: number): Promise<void> {
  const receipts = receiptsOf(db)
  for await (const { _id, deliveredSeq, readSeq } of receipts.find({ conversationId: { $eq: id } })) {
    const marks = clipMarks({ deliveredSeq, readSeq }, 0, lastSeq)
    if (marks.deliveredSeq !== deliveredSeq || marks.readSeq !== readSeq)
      await receipts.updateOne({ _id: { $eq: _id } }, { $set: marks })
  }
}

async function repairIndexes(db: Db): Promise<string[]> {
  const done: string[] = []
  for (const { collection, name, index, fault } of await indexFaults(db)) {
    if (!fault.canRepair) continue
    try {
      await db.collection(collection).createIndexes([index])
      done.push(`index ${name}: made again`)
    } catch {
      // Documents are there twice that it does not allow: the doctor tells of it again.
    }
  }
  return done
}

async function repairOrphans(db: Db): Promise<string[]> {
  const done: string[] = []
  // All of them before the first is removed: a cursor need not see what is done meanwhile.
  const orphans: Orphan[] = []
  for await (const orphan of orphansIn(db)) orphans.push(orphan)
  for (const { where, says, remove, remake } of orphans) {
    if (remake !== undefined) {
      await remakeHeader(db, remake)
      done.push(`${where}: made again from its log`)
    }
    if (remove === null) continue
    await remove()
    done.push(`${where}: removed, because ${says}`)
  }
  return done
}

async function remakeHeader(db: Db, id: ConversationId): Promise<void> {
  const head = await headByLog(db, id)
  if (head === null) return
  const { _id: _, ...header } = conversationDocument(head)
  const { _id: __, ...membership } = membershipDocument(head.folded)
  await membershipsOf(db).updateOne({ _id: { $eq: id } }, { $set: membership }, { upsert: true })
  await conversationsOf(db).updateOne({ _id: { $eq: id } }, { $set: header }, { upsert: true })
}

async function repairNames(db: Db): Promise<string[]> {
  const done: string[] = []
  for await (const user of usersOf(db).find({})) {
    if (isFoundByName(user)) continue
    const { _id, username, displayName } = user
    const names = { sortName: plain(displayName), terms: termsOf(username, displayName) }
    await usersOf(db).updateOne({ _id: { $eq: _id } }, { $set: names })
    done.push(`user ${_id}: is found by their own names again`)
  }
  return done
}
