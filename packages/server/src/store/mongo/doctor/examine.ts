// The doctor over MongoDB. Servers go on writing: each conversation is looked at as it was at one rev, and what is found
// is looked at again before it is told, because a server may have been between two of its writes.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db, IndexDescription } from 'mongodb'
import type { ConversationId, UserId } from '@palabre/protocol'
import { createReport, type ExamineOptions, type Fault, type Report } from '../../port/doctor.ts'
import { plain, termsOf } from '../../port/names.ts'
import { indexes } from '../indexes.ts'
import { conversationsOf } from '../rows.ts'
import { usersOf, type UserDocument } from '../users.ts'
import { lookAt, type Looked } from './look.ts'
import { absent, orphansIn, type Orphan } from './orphans.ts'

/** How often a fault must be there, and the time between: a server finishes what it has begun. */
const looks = 3
const betweenMs = 200
/** Conversations whose ids are read at once. */
const page = 500

export async function examineDatabase(db: Db, options: ExamineOptions = {}): Promise<Report> {
  const { report, note } = createReport()
  for (const { name, fault } of await indexFaults(db)) note({ ...fault, where: `index ${name}` })
  const users = createUsers(db)
  const total = await conversationsOf(db).estimatedDocumentCount()
  for await (const id of conversationIds(db)) {
    options.signal?.throwIfAborted()
    const looked = await lookLong(db, id)
    if (looked === null) continue
    for (const { check, says, canRepair } of looked.findings)
      note({ check, says, canRepair, where: `conversation ${id}` })
    for (const fault of await users.strangers(looked.named)) note(fault)
    report.looked.conversations += 1
    report.looked.messages += looked.messages
    options.onProgress?.(report.looked.conversations, total)
  }
  for await (const { check, where, says, canRepair } of settledOrphans(db))
    note({ check, where, says, canRepair })
  for await (const user of usersOf(db).find({})) {
    report.looked.users += 1
    if (!isFoundByName(user)) note(nameFault(user))
  }
  return report
}

/** What is still there after some looks. */
async function lookLong(db: Db, id: ConversationId): Promise<Looked | null> {
  let looked = await lookAt(db, id)
  for (let look = 1; look < looks && looked !== null && looked.findings.length > 0; look += 1) {
    await sleep(betweenMs)
    looked = await lookAt(db, id)
  }
  return looked
}

export async function* conversationIds(db: Db): AsyncIterable<ConversationId> {
  for (let last = ''; ;) {
    const found = await conversationsOf(db)
      .find({ _id: { $gt: last as ConversationId } }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(page)
      .toArray()
    for (const { _id } of found) yield _id
    if (found.length < page) return
    last = found.at(-1)?._id ?? last
  }
}

/** Orphans that are still there a moment later. */
async function* settledOrphans(db: Db): AsyncIterable<Orphan> {
  const first = new Set<string>()
  for await (const { where } of orphansIn(db)) first.add(where)
  if (first.size === 0) return
  await sleep(betweenMs)
  for await (const orphan of orphansIn(db)) if (first.has(orphan.where)) yield orphan
}

export function isFoundByName({ username, displayName, sortName, terms }: UserDocument): boolean {
  const should = termsOf(username, displayName)
  return (
    sortName === plain(displayName) &&
    terms.length === should.length &&
    should.every((term) => terms.includes(term))
  )
}

function nameFault({ _id }: UserDocument): Fault {
  return {
    check: 'names',
    where: `user ${_id}`,
    says: 'is found by other names than their own',
    canRepair: true,
  }
}

/** Remembers who is there: most people are named again and again. */
function createUsers(db: Db) {
  const known = new Set<string>()
  return {
    /** Of those who are named and are not there, where. */
    async strangers(named: ReadonlyMap<UserId, string>): Promise<Fault[]> {
      const unknown = [...named.keys()].filter((id) => !known.has(id))
      const strangers = await absent(unknown, usersOf(db))
      for (const id of unknown) if (!strangers.includes(id)) known.add(id)
      return strangers.map((id) => ({
        check: 'orphans',
        where: named.get(id as UserId) ?? '',
        says: `it names user ${id}, who is not there`,
        canRepair: false,
      }))
    },
  }
}

interface IndexFault {
  collection: string
  name: string
  index: IndexDescription
  fault: Omit<Fault, 'where'>
}

/** Indexes of this program that the database has not, or has otherwise. */
export async function indexFaults(db: Db): Promise<IndexFault[]> {
  const faults: IndexFault[] = []
  for (const [collection, wanted] of Object.entries(indexes)) {
    const held = await db
      .collection(collection)
      .listIndexes()
      .toArray()
      .catch(() => [])
    for (const index of wanted) {
      const same = (held as IndexDescription[]).find(
        ({ key }) => JSON.stringify(key) === JSON.stringify(index.key),
      )
      const isThere = same !== undefined && (same.unique ?? false) === (index.unique ?? false)
      if (isThere) continue
      const says = same === undefined ? 'it is missing' : 'it is not as this program makes it'
      const canRepair = same === undefined
      const name = `${Object.keys(index.key).join(', ')} of ${collection}`
      faults.push({ collection, name, index, fault: { check: 'schema', says, canRepair } })
    }
  }
  return faults
}
