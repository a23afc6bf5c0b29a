// Conversations over MongoDB. The first message is the creation (LOG-6): seq 1, rev 1; that there is one conversation a
// pair, and one an operation, are unique indexes over such messages. Header and members follow at once, or at the next
// touch. Lists are read from the headers.
import type { Db, Filter } from 'mongodb'
import {
  limits,
  PalabreError,
  type ConversationId,
  type MessageId,
  type SystemBody,
  type UserId,
} from '@palabre/protocol'
import type { ConversationRow, ConversationStore, Created } from '../port/conversations.ts'
import { fold, rowFrom, type Heads } from './heads.ts'
import {
  conversationsOf,
  keyOf,
  membershipsOf,
  messageFields,
  messageFrom,
  messagesOf,
  operationName,
  pairOf,
  type MessageDocument,
} from './rows.ts'
import { isTaken, untilTaken } from './taking.ts'
import { needUsers } from './users.ts'

interface Creation {
  id: ConversationId
  messageId: MessageId
  userId: UserId
  title: string | null
  memberIds: UserId[]
  now: number
  /** What there can be only one of. */
  once: Pick<MessageDocument, 'pair' | 'operations'>
}

export function mongoConversations(db: Db, heads: Heads): ConversationStore {
  const messages = messagesOf(db)
  const conversations = conversationsOf(db)
  const memberships = membershipsOf(db)

  /** The creation that was made already. What follows from it may have been lost with the node that made it. */
  async function known(by: Filter<MessageDocument>, id: ConversationId): Promise<Created | null> {
    const found = await messages.findOne(by, { projection: { conversationId: 1 } })
    if (found === null) return null
    const { conversationId } = found
    const [first] = await Promise.all([
      messages.findOne(
        { conversationId: { $eq: conversationId }, seq: { $eq: 1 } },
        { projection: messageFields },
      ),
      heads.headOf(conversationId),
      heads.viewOf(conversationId),
    ])
    if (first === null) throw new Error('a conversation has no first message')
    return { conversationId, isNew: conversationId === id, message: messageFrom(first) }
  }

  /** Undefined when somebody else was faster. */
  async function create({ id, messageId, userId, title, memberIds, now, once }: Creation) {
    const body: SystemBody = { event: 'conversation_created', title, memberIds }
    const document: MessageDocument = {
      _id: keyOf(id, messageId),
      conversationId: id,
      seq: 1,
      rev: 1,
      revs: [1],
      bodyRev: 1,
      id: messageId,
      senderId: userId,
      kind: 'system',
      body: JSON.stringify(body),
      createdAt: now,
      sentAt: now,
      hash: '',
      changes: 0,
      ...once,
    }
    try {
      await messages.insertOne(document)
    } catch (error) {
      if (isTaken(error)) return undefined
      throw error
    }
    await heads.forward({ folded: fold(id, null, document), rev: 1, lastSeq: 1, activeAt: now })
    return { conversationId: id, isNew: true, message: messageFrom(document) }
  }

  async function idsOf(userId: UserId): Promise<ConversationId[]> {
    const found = await memberships
      .find({ 'members.userId': { $eq: userId } }, { projection: { _id: 1 } })
      .toArray()
    return found.map(({ _id }) => _id)
  }

  return {
    async createDirect({ userId, otherId, ...input }) {
      const pair = pairOf(userId, otherId)
      const memberIds = [...new Set([userId, otherId])]
      return untilTaken(async () => {
        const there = await known({ pair: { $eq: pair } }, input.id)
        if (there !== null) return there
        await needUsers(db, memberIds)
        return create({ ...input, userId, title: null, memberIds, once: { pair } })
      })
    },
    async ofPair(a, b) {
      const found = await messages.findOne(
        { pair: { $eq: pairOf(a, b) } },
        { projection: { conversationId: 1 } },
      )
      return found?.conversationId ?? null
    },
    async createGroup({ opId, ...input }) {
      const { userId, id, messageId } = input
      const operation = opId === null ? null : operationName(userId, opId)
      const memberIds = [...new Set([userId, ...input.memberIds])]
      const by: Filter<MessageDocument> =
        operation === null ? { _id: { $eq: keyOf(id, messageId) } } : { operations: { $eq: operation } }
      return untilTaken(async () => {
        const there = await known(by, id)
        if (there !== null) return there
        if (memberIds.length > limits.groupMembers) throw new PalabreError('GROUP_FULL')
        await needUsers(db, memberIds)
        return create({ ...input, memberIds, once: operation === null ? {} : { operations: [operation] } })
      })
    },
    byId: (id) => heads.headOf(id),
    async ofUser(userId, { limit, offset, after }) {
      const ids = await idsOf(userId)
      const found = await conversations.find({ _id: { $in: ids } }).toArray()
      return found
        .map(rowFrom)
        .filter((row) => after === null || isBelow(row, after))
        .sort((a, b) => (isBelow(a, { activeAt: b.activeAt, id: b.header.id }) ? 1 : -1))
        .slice(offset, offset + limit)
    },
    countOfUser: (userId) => memberships.countDocuments({ 'members.userId': { $eq: userId } }),
    async headsOfUser(userId) {
      const ids = await idsOf(userId)
      const found = await conversations
        .find({ _id: { $in: ids } }, { projection: { rev: 1, activeAt: 1 } })
        .toArray()
      return found
        .sort((a, b) => b.activeAt - a.activeAt || (a._id < b._id ? 1 : -1))
        .map(({ _id, rev }) => ({ id: _id, rev }))
    },
    async headsOf(ids) {
      // As the log says them: what a node left behind that died is found, and put right, by the others' next round.
      const rows = await heads.headsOf([...ids])
      return [...rows].map(([id, { rev, membersRev }]) => ({ id, rev, membersRev }))
    },
    async idsAfter(after, limit) {
      const found = await memberships
        .find({ _id: { $gt: after ?? ('' as ConversationId) } }, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id }) => _id)
    },
    async membersMovedSince(at) {
      const found = await messages
        .find({ kind: 'system', createdAt: { $gte: at } }, { projection: { _id: 0, conversationId: 1 } })
        .toArray()
      return [...new Set(found.map(({ conversationId }) => conversationId))]
    },
  }
}

/** Further down the list: older, or of the same time with a lower id. */
function isBelow(row: ConversationRow, place: { activeAt: number; id: ConversationId }): boolean {
  if (row.activeAt !== place.activeAt) return row.activeAt < place.activeAt
  return row.header.id < place.id
}
