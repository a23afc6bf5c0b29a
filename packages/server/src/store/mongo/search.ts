// Searching over MongoDB: one term by the multikey index within the user's conversations, the others as a filter; sorted
// newest first by the server, and decided by the text of each message here, as everywhere. Only `$in`, `$gte` and `$lt`:
// no text index, no collation, no expression of anybody's.
import type { Db, Filter } from 'mongodb'
import {
  lookupsOf,
  matchText,
  PalabreError,
  queryWordsOf,
  searchedText,
  type ConversationId,
  type Lookup,
  type UserId,
} from '@palabre/protocol'
import { readsMax, type SearchFound, type SearchQuestion, type SearchStore } from '../port/search.ts'
import type { Heads } from './heads.ts'
import {
  membershipsOf,
  messageFields,
  messageFrom,
  messagesOf,
  type MessageDocument,
  type ReadMessage,
} from './rows.ts'
import type { WordsFiller } from './words.ts'

/** Longer than this nobody waits for what they type. */
const maxTimeMS = 5_000
/** Documents that one answer brings. */
const batchSize = 100

export function mongoSearch(parts: { db: Db; heads: Heads; filler: WordsFiller }): SearchStore {
  const { heads, filler } = parts
  const messages = messagesOf(parts.db)
  const memberships = membershipsOf(parts.db)

  /** Where the user joined each of the conversations that are searched. */
  async function scopes(userId: UserId, only: ConversationId | null): Promise<Map<ConversationId, number>> {
    const ids =
      only === null
        ? (
            await memberships
              .find({ 'members.userId': { $eq: userId } }, { projection: { _id: 1 } })
              .toArray()
          ).map(({ _id }) => _id)
        : [only]
    const joined = new Map<ConversationId, number>()
    for (const [id, { members }] of await heads.viewsOf(ids)) {
      const member = members.get(userId)
      if (member !== undefined) joined.set(id, member.joinedSeq)
    }
    return joined
  }

  return {
    async settled() {
      await filler.settled()
    },
    async find(question) {
      const words = queryWordsOf(question.query)
      if (words.length === 0) return { found: [], next: null, isComplete: true }
      const joined = await scopes(question.userId, question.conversationId)
      const found: SearchFound[] = []
      const isComplete = filler.isDone()
      let reads = 0
      const cursor = messages
        .find<ReadMessage>(filterOf(question, [...joined.keys()]), { projection: messageFields })
        .sort({ createdAt: -1, conversationId: -1, seq: -1 })
        .batchSize(batchSize)
        .maxTimeMS(maxTimeMS)
        .allowDiskUse(true)
      try {
        for await (const row of cursor) {
          const message = messageFrom(row)
          const place = { createdAt: row.createdAt, conversationId: row.conversationId, seq: row.seq }
          if (reads >= readsMax) return { found, next: { ...place, seq: row.seq + 1 }, isComplete }
          reads += 1
          if (message.kind === 'system' || message.deletedAt !== null) continue
          const joinedSeq = joined.get(row.conversationId)
          if (joinedSeq === undefined || row.seq < joinedSeq || !question.isSeen(message, joinedSeq)) continue
          const ranges = matchText(searchedText(message), words)
          if (ranges === null) continue
          if (found.length >= question.limit) {
            const last = found.at(-1)?.message
            return { found, next: last === undefined ? null : placeOf(last), isComplete }
          }
          found.push({ message, ranges })
        }
      } catch (cause) {
        throw new PalabreError('STORE_UNAVAILABLE', { cause })
      } finally {
        await cursor.close()
      }
      return { found, next: null, isComplete }
    },
  }
}

function placeOf({ createdAt, conversationId, seq }: SearchFound['message']) {
  return { createdAt, conversationId, seq }
}

function filterOf(question: SearchQuestion, ids: ConversationId[]): Filter<MessageDocument> {
  const { query, from, kind, before, after, below } = question
  const all: Filter<MessageDocument>[] = lookupsOf(queryWordsOf(query)).map(lookupFilter)
  if (from !== null) all.push({ senderId: { $eq: from } })
  if (kind !== null) all.push({ kind: { $eq: kind } })
  if (before !== null) all.push({ createdAt: { $lt: before } })
  if (after !== null) all.push({ createdAt: { $gte: after } })
  if (below !== null) {
    const { createdAt, conversationId, seq } = below
    all.push({
      $or: [
        { createdAt: { $lt: createdAt } },
        { createdAt: { $eq: createdAt }, conversationId: { $lt: conversationId } },
        { createdAt: { $eq: createdAt }, conversationId: { $eq: conversationId }, seq: { $lt: seq } },
      ],
    })
  }
  return { conversationId: { $in: ids }, $and: all }
}

/** One element must be within the bounds: without `$elemMatch` two could share them. */
function lookupFilter({ term, isPrefix }: Lookup): Filter<MessageDocument> {
  return isPrefix
    ? { words: { $elemMatch: { $gte: term, $lt: `${term}\u{10FFFF}` } } }
    : { words: { $eq: term } }
}
