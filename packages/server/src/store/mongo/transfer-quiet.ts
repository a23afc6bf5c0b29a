// Conversations of a database that nobody writes to, for a move: a page of them at a time, and all messages of the page
// through one cursor, in place of several questions for each (`transfer-read.ts` asks those, because there others write).
// Header and members are the checkpoints; `settleCheckpoints` first brings those up to date that a crash left behind
// (LOG-6).
import type { Db } from 'mongodb'
import type { ConversationId } from '@palabre/protocol'
import { clipMarks } from '../port/examine.ts'
import type { TransferPlace, TransferRecord } from '../port/transfer.ts'
import { createHeads } from './heads.ts'
import { receiptId, receiptsOf, type ReceiptDocument } from './receipts.ts'
import {
  conversationsOf,
  membershipsOf,
  messagesOf,
  pairOf,
  type ConversationDocument,
  type MembershipDocument,
} from './rows.ts'
import { messageRecord, placeAmong } from './transfer-read.ts'

/** Conversations whose headers, members and marks are in memory at once. */
const page = 500

export async function* quietConversations(
  db: Db,
  after: TransferPlace | null,
  withoutMessages: boolean,
): AsyncIterable<TransferRecord> {
  const { id, seq } = placeAmong(after)
  let from = seq === null ? { $gt: id } : { $gte: id }
  for (;;) {
    const headers = await conversationsOf(db)
      .find({ _id: from as { $gt: ConversationId } })
      .sort({ _id: 1 })
      .limit(page)
      .toArray()
    const last = headers.at(-1)
    if (last === undefined) return
    yield* pageOf(db, headers, { id, seq: seq ?? 0, isBegun: seq !== null }, withoutMessages)
    from = { $gt: last._id }
  }
}

/** The place to go on from, if it lies within a conversation. */
interface Within {
  id: string
  seq: number
  isBegun: boolean
}

async function* pageOf(
  db: Db,
  headers: readonly ConversationDocument[],
  within: Within,
  withoutMessages: boolean,
): AsyncIterable<TransferRecord> {
  const ids = headers.map(({ _id }) => _id)
  const [held, marks] = await Promise.all([
    membershipsOf(db)
      .find({ _id: { $in: ids } })
      .toArray(),
    receiptsOf(db)
      .find({ conversationId: { $in: ids } })
      .toArray(),
  ])
  const memberships = new Map(held.map((document) => [document._id, document]))
  const receipts = new Map(marks.map((document) => [document._id, document]))
  const messages = withoutMessages
    ? null
    : messagesOf(db)
        .find({ conversationId: { $gte: ids[0] ?? '', $lte: ids.at(-1) ?? '' } as object })
        .sort({ conversationId: 1, seq: 1 })
  try {
    let next = (await messages?.next()) ?? null
    for (const header of headers) {
      const id = header._id
      const isBegun = within.isBegun && within.id === id
      const membership = memberships.get(id)
      if (!isBegun) yield headerRecord(header, membership)
      // Of one that has no header there is nothing to tell: the doctor does.
      while (next !== null && next.conversationId <= id) {
        if (next.conversationId === id && !(isBegun && next.seq <= within.seq)) yield messageRecord(next)
        next = (await messages?.next()) ?? null
      }
      yield membersRecord(header, membership, receipts)
    }
  } finally {
    await messages?.close()
  }
}

function headerRecord(
  { _id, ...header }: ConversationDocument,
  membership: MembershipDocument | undefined,
): TransferRecord {
  // Who is in a direct conversation never changes.
  const [one, other = one] = membership?.members ?? []
  const pair =
    header.kind === 'direct' && one !== undefined && other !== undefined
      ? (pairOf(one.userId, other.userId).split(' ') as [typeof one.userId, typeof one.userId])
      : null
  return {
    type: 'conversation',
    id: _id,
    kind: header.kind,
    pair,
    title: header.title,
    description: header.description,
    avatarId: header.avatarId,
    createdBy: header.createdBy,
    createdAt: header.createdAt,
    rev: header.rev,
    lastSeq: header.lastSeq,
    membersRev: header.membersRev,
    memberCount: header.memberCount,
    activeAt: header.activeAt,
  }
}

function membersRecord(
  { _id, lastSeq }: ConversationDocument,
  membership: MembershipDocument | undefined,
  receipts: ReadonlyMap<string, ReceiptDocument>,
): TransferRecord {
  const rows = [...(membership?.members ?? [])].sort((a, b) => (a.userId < b.userId ? -1 : 1))
  return {
    type: 'members',
    conversationId: _id,
    members: rows.map(({ userId, role, joinedAt, joinedSeq, joinedRev }) => {
      const held = receipts.get(receiptId(_id, userId)) ?? { deliveredSeq: 0, readSeq: 0 }
      const { deliveredSeq, readSeq } = clipMarks(held, joinedSeq, lastSeq)
      return { userId, role, joinedAt, joinedSeq, joinedRev, deliveredSeq, readSeq }
    }),
  }
}

/** Makes checkpoints again that lie behind their log, as their next reader would have. */
export async function settleCheckpoints(db: Db): Promise<void> {
  const heads = createHeads(db)
  const headers = await conversationsOf(db)
    .find({}, { projection: { rev: 1 } })
    .toArray()
  const held = new Map(headers.map(({ _id, rev }) => [_id, rev]))
  const logs = messagesOf(db).aggregate<{ _id: ConversationId; rev: number }>(
    [{ $group: { _id: '$conversationId', rev: { $max: '$rev' } } }],
    { allowDiskUse: true },
  )
  for await (const { _id, rev } of logs) {
    if ((held.get(_id) ?? 0) >= rev) continue
    await heads.headOf(_id)
  }
  // A header may be there whose members are not: it is written first.
  const memberships = await membershipsOf(db)
    .find({}, { projection: { membersRev: 1 } })
    .toArray()
  const folded = new Map(memberships.map(({ _id, membersRev }) => [_id, membersRev]))
  const all = conversationsOf(db).find({}, { projection: { membersRev: 1 } })
  for await (const { _id, membersRev } of all) {
    if ((folded.get(_id) ?? 0) < membersRev) await heads.viewOf(_id)
  }
}
