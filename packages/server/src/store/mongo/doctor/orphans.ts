// What belongs to somebody or something that is not there. Documents that nobody can reach and that hold nothing people
// wrote can be taken away; others are only told. A conversation whose header is missing has not lost anything: its log
// makes it again.
import type { Collection, Db, Document, Filter } from 'mongodb'
import type { ConversationId, UserId } from '@palabre/protocol'
import type { Fault } from '../../port/doctor.ts'
import { accountOf } from '../account.ts'
import { memosOf } from '../digests.ts'
import { credentialsOf } from '../accounts/credentials.ts'
import { lastSeenOf } from '../presence.ts'
import { receiptsOf } from '../receipts.ts'
import { conversationsOf, membershipsOf, messagesOf } from '../rows.ts'
import { sessionsOf } from '../sessions.ts'
import { usersOf } from '../users.ts'
import { makesOne } from './look.ts'

export interface Orphan extends Fault {
  /** Takes it away; null: it holds what people wrote, or nobody can say what it should be. */
  remove: (() => Promise<void>) | null
  /** A conversation that can be made again from its log. */
  remake?: ConversationId
}

/** Ids that are asked about at once. */
const atOnce = 1_000

export async function* orphansIn(db: Db): AsyncIterable<Orphan> {
  const noUser = 'there is no such user'
  const noConversation = 'there is no such conversation'
  const [users, conversations] = [usersOf(db), conversationsOf(db)]
  for await (const id of missing(sessionsOf(db), '$userId', users))
    for await (const { _id } of sessionsOf(db).find({ userId: { $eq: id as UserId } }))
      yield orphan(`session ${_id}`, noUser, sessionsOf(db), { _id: { $eq: _id } })
  for await (const id of missing(accountOf(db), '$userId', users))
    for await (const { _id, key } of accountOf(db).find({ userId: { $eq: id as UserId } }))
      yield orphan(`account entry ${key} of user ${id}`, noUser, accountOf(db), { _id: { $eq: _id } })
  for await (const id of missing(credentialsOf(db), '$_id', users))
    yield orphan(`credentials of user ${id}`, noUser, credentialsOf(db), { _id: { $eq: id as UserId } })
  for await (const id of missing(lastSeenOf(db), '$_id', users))
    yield orphan(`last seen time of user ${id}`, noUser, lastSeenOf(db), { _id: { $eq: id as UserId } })
  for await (const id of missing(receiptsOf(db), '$conversationId', conversations)) {
    const ofIt = { conversationId: { $eq: id as ConversationId } }
    yield orphan(`marks in conversation ${id}`, noConversation, receiptsOf(db), ofIt)
  }
  const memberships = membershipsOf(db)
  for await (const id of missing(memberships, '$_id', conversations)) {
    const filter = { _id: { $eq: id as ConversationId } }
    yield orphan(`memberships in conversation ${id}`, noConversation, memberships, filter)
  }
  for await (const id of missing(memosOf(db), '$_id', conversations)) {
    const filter = { _id: { $eq: id as ConversationId } }
    yield orphan(`digests of conversation ${id}`, noConversation, memosOf(db), filter)
  }
  for await (const id of missing(memberships, '$members.userId', users, '$members'))
    yield told(`memberships of user ${id}`, noUser)
  for await (const id of missing(messagesOf(db), '$conversationId', conversations))
    yield* withoutHeader(db, id as ConversationId)
}

/** A log whose header is not there. */
async function* withoutHeader(db: Db, id: ConversationId): AsyncIterable<Orphan> {
  const ofIt = { conversationId: { $eq: id } }
  const first = await messagesOf(db).findOne({ ...ofIt, seq: { $eq: 1 } })
  if (first !== null && makesOne(first)) {
    const says = 'its header is missing'
    yield { check: 'header', where: `conversation ${id}`, says, canRepair: true, remove: null, remake: id }
    return
  }
  for await (const message of messagesOf(db).find(ofIt, { projection: { id: 1 } }))
    yield told(`message ${message.id}`, 'there is no such conversation')
}

function orphan<T extends Document>(
  where: string,
  says: string,
  from: Collection<T>,
  filter: Filter<T>,
): Orphan {
  return {
    check: 'orphans',
    where,
    says,
    canRepair: true,
    async remove() {
      await from.deleteMany(filter)
    },
  }
}

function told(where: string, says: string): Orphan {
  return { check: 'orphans', where, says, canRepair: false, remove: null }
}

/** Values of a field that are the id of nothing in `of`; each once. */
async function* missing<T extends Document, U extends { _id: string }>(
  from: Collection<T>,
  field: string,
  of: Collection<U>,
  unwound?: string,
): AsyncIterable<string> {
  const values = from.aggregate<{ _id: string }>([
    ...(unwound === undefined ? [] : [{ $unwind: unwound }]),
    { $group: { _id: field } },
  ])
  let some: string[] = []
  for await (const { _id } of values) {
    some.push(_id)
    if (some.length < atOnce) continue
    yield* await absent(some, of)
    some = []
  }
  yield* await absent(some, of)
}

/** Those of `ids` that nothing has. */
export async function absent<T extends { _id: string }>(
  ids: readonly string[],
  among: Collection<T>,
): Promise<string[]> {
  if (ids.length === 0) return []
  const filter = { _id: { $in: ids } } as unknown as Filter<T>
  const there = new Set<string>()
  for await (const { _id } of among.find(filter, { projection: { _id: 1 } })) there.add(String(_id))
  return ids.filter((id) => !there.has(id))
}
