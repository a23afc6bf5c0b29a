// The log over MongoDB: reading it. What writes it is in `writer.ts`.
import type { Db, Filter } from 'mongodb'
import type { ConversationId, MediaId, Message, UserId } from '@palabre/protocol'
import type { LogStore } from '../port/log.ts'
import type { Heads } from './heads.ts'
import {
  conversationsOf,
  keyOf,
  membershipsOf,
  messageFields,
  messageFrom,
  messagesOf,
  type MessageDocument,
  type ReadMessage,
} from './rows.ts'
import { countedFrom, mentionsIn, unseenOf } from './unseen.ts'
import type { Writer } from './writer.ts'

export interface LogParts {
  db: Db
  heads: Pick<Heads, 'viewOf' | 'viewsOf'>
  writer: Writer
  /** Decides what has expired. */
  now: () => number
}

/** Messages that one look for somebody's own goes through. */
const authoredStretch = 2_000

export function mongoLog({ db, heads, writer, now }: LogParts): LogStore {
  const messages = messagesOf(db)
  const memberships = membershipsOf(db)
  const conversations = conversationsOf(db)

  async function page(
    filter: Filter<MessageDocument>,
    sort: Partial<Record<'seq' | 'rev' | 'createdAt' | 'id', 1 | -1>>,
    limit: number,
  ): Promise<ReadMessage[]> {
    // One answer holds all of it: what comes bit by bit may have moved in between.
    return messages
      .find<ReadMessage>(filter, { projection: messageFields })
      .sort(sort)
      .limit(limit)
      .batchSize(limit + 1)
      .toArray()
  }

  /** The conversations with messages from `at` on, and where the user came to each. */
  async function joinedBy(userId: UserId, at: number): Promise<{ id: ConversationId; joinedSeq: number }[]> {
    const ids = (
      await memberships.find({ 'members.userId': { $eq: userId } }, { projection: { _id: 1 } }).toArray()
    ).map(({ _id }) => _id)
    const active = await conversations
      .find({ _id: { $in: ids }, activeAt: { $gte: at } }, { projection: { _id: 1 } })
      .toArray()
    const views = await heads.viewsOf(active.map(({ _id }) => _id))
    return [...views.values()].flatMap(({ conversationId, members }) => {
      const member = members.get(userId)
      return member === undefined ? [] : [{ id: conversationId, joinedSeq: member.joinedSeq }]
    })
  }

  return {
    append: writer.append,
    change: writer.change,
    async byId(conversationId, id) {
      const found = await messages.findOne(
        { _id: { $eq: keyOf(conversationId, id) } },
        { projection: messageFields },
      )
      return found === null ? null : messageFrom(found)
    },
    async since(id, rev, fromSeq, limit) {
      const filter = { conversationId: { $eq: id }, rev: { $gt: rev }, seq: { $gte: fromSeq } }
      const found = await page(filter, { rev: 1 }, limit)
      // A message that is changed while it is read may be met twice: what counts is what it was last.
      const latest = new Map(found.map((row) => [row.seq, row]))
      return found.filter((row) => latest.get(row.seq) === row).map(messageFrom)
    },
    async before(id, before, fromSeq, limit) {
      const seq = { $gte: fromSeq, ...(before !== null && { $lt: before }) }
      const found = await page({ conversationId: { $eq: id }, seq }, { seq: -1 }, limit)
      return found.reverse().map(messageFrom)
    },
    async after(id, after, fromSeq, limit) {
      const filter = { conversationId: { $eq: id }, seq: { $gte: Math.max(after + 1, fromSeq) } }
      return (await page(filter, { seq: 1 }, limit)).map(messageFrom)
    },
    async gallery(id, kinds, before, fromSeq, limit) {
      const seq = { $gte: fromSeq, ...(before !== null && { $lt: before }) }
      const filter = {
        conversationId: { $eq: id },
        // As the index has it.
        media: { $gt: '' as MediaId },
        kind: { $in: [...kinds] },
        seq,
      }
      return (await page(filter, { seq: -1 }, limit)).map(messageFrom)
    },
    async authored(id, senderId, after) {
      const to = after + authoredStretch
      const [rows, last] = await Promise.all([
        page(
          {
            conversationId: { $eq: id },
            seq: { $gt: after, $lte: to },
            senderId: { $eq: senderId },
            kind: { $ne: 'system' },
            deletedAt: { $eq: null },
          },
          { seq: 1 },
          authoredStretch,
        ),
        messages.findOne(
          { conversationId: { $eq: id } },
          { sort: { seq: -1 }, projection: { _id: 0, seq: 1 } },
        ),
      ])
      return { messages: rows.map(messageFrom), next: to < (last?.seq ?? 0) ? to : null }
    },
    async createdSince(userId, timestamp, place, limit) {
      const from = Math.max(timestamp, place?.createdAt ?? 0)
      const found: Message[] = []
      for (const { id, joinedSeq } of await joinedBy(userId, from)) {
        const ofIt = { conversationId: { $eq: id }, seq: { $gte: joinedSeq } }
        // Of one millisecond the id decides.
        const later = place === null ? { $gte: from } : { $gt: from }
        const rows = await page({ ...ofIt, createdAt: later }, { createdAt: 1, id: 1 }, limit)
        if (place?.createdAt === from) {
          const beside = { ...ofIt, createdAt: { $eq: from }, id: { $gt: place.id } }
          rows.push(...(await page(beside, { createdAt: 1, id: 1 }, limit)))
        }
        found.push(...rows.map(messageFrom))
      }
      return found.sort((a, b) => (isAfter(a, b) ? 1 : -1)).slice(0, limit)
    },
    async expired(at, limit) {
      return messages
        .find(
          { expiresAt: { $lte: at, $gt: 0 }, deletedAt: { $eq: null } },
          { projection: { _id: 0, conversationId: 1, id: 1 } },
        )
        .sort({ expiresAt: 1 })
        .limit(limit)
        .toArray()
    },
    async mentions(conversationId, userId, seq) {
      const member = (await heads.viewOf(conversationId))?.members.get(userId)
      if (member === undefined) return []
      const unseen = await unseenOf(db, userId, [conversationId])
      const place = { conversationId, seq: Math.max(seq, member.joinedSeq - 1) }
      const found = await mentionsIn(db, userId, [place], { unseen, now: now() })
      return found.get(conversationId) ?? []
    },
    async unread(conversationId, userId, seq) {
      const member = (await heads.viewOf(conversationId))?.members.get(userId)
      if (member === undefined) return 0
      const unseen = await unseenOf(db, userId, [conversationId])
      return messages.countDocuments({
        conversationId: { $eq: conversationId },
        ...countedFrom(unseen.get(conversationId), Math.max(seq, member.joinedSeq - 1)),
        senderId: { $ne: userId },
        kind: { $ne: 'system' },
        deletedAt: { $eq: null },
        expiresAt: { $not: { $lte: now() } },
      })
    },
  }
}

function isAfter(a: Message, b: Message): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt
}
