// Marks over MongoDB: one document for each member who has got further than where they began, grown by `$max`. They are
// floored where the member joined when they are read, so that who left and came back begins anew; nothing is deleted.
import type { Collection, Db, IndexDescription } from 'mongodb'
import type { ConversationId, MarkPair, UserId } from '@palabre/protocol'
import { directWith } from '../port/members.ts'
import type { ReceiptStore, StoredMarks } from '../port/receipts.ts'
import { gathered } from './gathered.ts'
import type { Heads } from './heads.ts'
import { messagesOf } from './rows.ts'
import { untilTaken } from './taking.ts'
import { countedFrom, mentionsIn, unseenOf } from './unseen.ts'

export interface ReceiptDocument extends MarkPair {
  /** The conversation's id, a space, the user's. */
  _id: string
  conversationId: ConversationId
  userId: UserId
}

export const receiptsIndexes: readonly IndexDescription[] = [{ key: { conversationId: 1 } }]

/** Conversations whose unread messages are counted at once. */
const countedAtOnce = 64

export interface ReceiptsParts {
  db: Db
  heads: Pick<Heads, 'headOf' | 'viewOf' | 'viewsOf'>
  /** Decides what has expired. */
  now: () => number
}

export function receiptsOf(db: Db): Collection<ReceiptDocument> {
  return db.collection<ReceiptDocument>('receipts')
}

export function receiptId(conversationId: ConversationId, userId: UserId): string {
  return `${conversationId} ${userId}`
}

export function mongoReceipts({ db, heads, now }: ReceiptsParts): ReceiptStore {
  const receipts = receiptsOf(db)
  const messages = messagesOf(db)

  /** By the receipts' ids. */
  async function marksIn(ids: readonly ConversationId[]): Promise<Map<string, MarkPair>> {
    const found = await receipts
      .find({ conversationId: { $in: ids } }, { projection: { deliveredSeq: 1, readSeq: 1 } })
      .toArray()
    return new Map(found.map(({ _id, deliveredSeq, readSeq }) => [_id, { deliveredSeq, readSeq }]))
  }

  const marksOfOne = gathered(async (ids: ConversationId[]) => {
    const marks = await marksIn(ids)
    return new Map(ids.map((id) => [id, marks]))
  })

  /** Messages of others above the given places (REC-3), and where they mention this person (MEN-1). */
  async function unreadAbove(
    userId: UserId,
    places: readonly { conversationId: ConversationId; seq: number }[],
  ): Promise<{ counts: Map<ConversationId, number>; mentions: Map<ConversationId, number[]> }> {
    const counts = new Map<ConversationId, number>()
    const ids = places.map(({ conversationId }) => conversationId)
    const unseen = await unseenOf(db, userId, ids)
    for (let at = 0; at < places.length; at += countedAtOnce) {
      const above = places.slice(at, at + countedAtOnce).map(({ conversationId, seq }) => ({
        conversationId: { $eq: conversationId },
        ...countedFrom(unseen.get(conversationId), seq),
      }))
      const found = messages.aggregate<{ _id: ConversationId; count: number }>([
        {
          $match: {
            $or: above,
            senderId: { $ne: userId },
            kind: { $ne: 'system' },
            deletedAt: { $eq: null },
            expiresAt: { $not: { $lte: now() } },
          },
        },
        { $group: { _id: '$conversationId', count: { $sum: 1 } } },
      ])
      for await (const { _id, count } of found) counts.set(_id, count)
    }
    const unread = places.filter(({ conversationId }) => counts.has(conversationId))
    return { counts, mentions: await mentionsIn(db, userId, unread, { unseen, now: now() }) }
  }

  return {
    async mark(conversationId, userId, given) {
      const [view, head] = await Promise.all([heads.viewOf(conversationId), heads.headOf(conversationId)])
      const member = view?.members.get(userId)
      if (member === undefined || head === null) return null
      const _id = receiptId(conversationId, userId)
      const before = floored(await receipts.findOne({ _id: { $eq: _id } }), member)
      const readSeq = Math.max(before.readSeq, Math.min(given.readSeq ?? 0, head.lastSeq))
      // Who has read it has got it.
      const deliveredSeq = Math.max(
        before.deliveredSeq,
        readSeq,
        Math.min(given.deliveredSeq ?? 0, head.lastSeq),
      )
      if (readSeq === before.readSeq && deliveredSeq === before.deliveredSeq)
        return { marks: before, isChanged: false }
      const found = await untilTaken(() =>
        receipts.findOneAndUpdate(
          { _id: { $eq: _id } },
          { $max: { deliveredSeq, readSeq }, $setOnInsert: { conversationId, userId } },
          { upsert: true, returnDocument: 'before' },
        ),
      )
      // Another device may have been faster, with other marks.
      const met = floored(found, member)
      const marks = {
        deliveredSeq: Math.max(met.deliveredSeq, deliveredSeq),
        readSeq: Math.max(met.readSeq, readSeq),
      }
      const isChanged = marks.deliveredSeq !== met.deliveredSeq || marks.readSeq !== met.readSeq
      return { marks, isChanged }
    },
    async ofConversation(conversationId) {
      const view = await heads.viewOf(conversationId)
      const marks = new Map<UserId, MarkPair>()
      if (view === null) return marks
      const held = (await marksOfOne(conversationId)) ?? new Map<string, MarkPair>()
      for (const member of view.members.values())
        marks.set(member.userId, floored(held.get(receiptId(conversationId, member.userId)), member))
      return marks
    },
    async ofUser(userId, ids) {
      const marks = new Map<ConversationId, StoredMarks>()
      if (ids.length === 0) return marks
      const views = [...(await heads.viewsOf(ids)).values()].filter(({ members }) => members.has(userId))
      const held = await marksIn(views.map(({ conversationId }) => conversationId))
      for (const { conversationId: id, members } of views) {
        const own = { deliveredSeq: 0, readSeq: 0 }
        const others = { deliveredSeq: Infinity, readSeq: Infinity }
        for (const member of members.values()) {
          const theirs = floored(held.get(receiptId(id, member.userId)), member)
          if (member.userId === userId) Object.assign(own, theirs)
          else {
            others.deliveredSeq = Math.min(others.deliveredSeq, theirs.deliveredSeq)
            others.readSeq = Math.min(others.readSeq, theirs.readSeq)
          }
        }
        const isAlone = members.size === 1
        marks.set(id, {
          ...own,
          unread: 0,
          others: isAlone ? { deliveredSeq: 0, readSeq: 0 } : others,
          directWith: directWith(members, userId),
        })
      }
      const places = [...marks].map(([conversationId, { readSeq }]) => ({ conversationId, seq: readSeq }))
      const { counts, mentions } = await unreadAbove(userId, places)
      for (const [id, unread] of counts) {
        const own = marks.get(id)
        if (own !== undefined)
          Object.assign(own, { unread }, mentions.has(id) && { mentions: mentions.get(id) })
      }
      return marks
    },
  }
}

/** Marks begin where the member joined. */
function floored(marks: MarkPair | null | undefined, { joinedSeq }: { joinedSeq: number }): MarkPair {
  return {
    deliveredSeq: Math.max(marks?.deliveredSeq ?? 0, joinedSeq),
    readSeq: Math.max(marks?.readSeq ?? 0, joinedSeq),
  }
}
