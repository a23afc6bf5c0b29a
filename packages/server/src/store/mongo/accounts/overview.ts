// What an operator sees of everybody, over MongoDB. Each page asks once for each thing of all on it.
import type { Db, Filter } from 'mongodb'
import type { ConversationId, UserId } from '@palabre/protocol'
import { rangeOf } from '../../port/names.ts'
import type { OverviewStore, PersonRow } from '../../port/overview.ts'
import { mediaOf } from '../media.ts'
import { lastSeenOf } from '../presence.ts'
import { conversationsOf, messagesOf } from '../rows.ts'
import { sessionsOf } from '../sessions.ts'
import { userFrom, usersOf, type UserDocument } from '../users.ts'

interface Room {
  bytes: number
  files: number
}
const none: Room = { bytes: 0, files: 0 }

export function mongoOverview(db: Db): OverviewStore {
  const users = usersOf(db)

  async function rowsOf(found: readonly UserDocument[]): Promise<PersonRow[]> {
    const ids = found.map(({ _id }) => _id)
    const [seen, sessions, media] = await Promise.all([
      lastSeenOf(db)
        .find({ _id: { $in: ids } })
        .toArray(),
      sessionsOf(db)
        .find({ userId: { $in: ids } }, { projection: { userId: 1 } })
        .toArray(),
      bytesOf({ ownerId: { $in: ids } }),
    ])
    const at = new Map(seen.map((time) => [time._id, time.at]))
    return found.map((document) => ({
      user: userFrom(document),
      role: document.role ?? 'member',
      createdAt: document.createdAt,
      lastSeenAt: at.get(document._id) ?? null,
      suspendedAt: document.suspendedAt ?? null,
      sessions: sessions.filter(({ userId }) => userId === document._id).length,
      bytes: media.find(({ userId }) => userId === document._id)?.bytes ?? 0,
    }))
  }

  /** By owner. */
  async function bytesOf(filter: object): Promise<{ userId: UserId; bytes: number; files: number }[]> {
    const found = await mediaOf(db)
      .aggregate<{ _id: UserId; bytes: number; files: number }>([
        { $match: filter },
        { $group: { _id: '$ownerId', bytes: { $sum: '$bytes' }, files: { $sum: 1 } } },
      ])
      .toArray()
    return found.map(({ _id, bytes, files }) => ({ userId: _id, bytes, files }))
  }

  /** Of the media that the messages of these conversations show: their sizes are in the bodies, which are text here. */
  async function shownIn(ids: ConversationId[] | null): Promise<Map<ConversationId, Room>> {
    const sums = new Map<ConversationId, Room>()
    const found = messagesOf(db).find(
      { ...(ids !== null && { conversationId: { $in: ids } }), media: { $gt: '' as never } },
      { projection: { _id: 0, conversationId: 1, body: 1 } },
    )
    for await (const { conversationId, body } of found) {
      const { media } = JSON.parse(body) as { media?: { bytes?: number } | null }
      const { bytes, files } = sums.get(conversationId) ?? none
      sums.set(conversationId, { bytes: bytes + (media?.bytes ?? 0), files: files + 1 })
    }
    return sums
  }

  return {
    async people({ query, before, limit }) {
      const range = query === null ? null : rangeOf(query)
      if (query !== null && range === null) return []
      const filter: Filter<UserDocument> = {
        _id: before === null ? { $gt: '' as UserId } : { $lt: before },
        passwordHash: { $ne: '' },
        ...(range !== null && { terms: { $elemMatch: { $gte: range.from, $lt: range.to } } }),
      }
      return rowsOf(await users.find(filter).sort({ _id: -1 }).limit(limit).toArray())
    },
    async person(userId) {
      const found = await users.findOne({ _id: { $eq: userId } })
      return found === null ? null : ((await rowsOf([found]))[0] ?? null)
    },
    async groups({ after, limit }) {
      const found = await conversationsOf(db)
        .find({ _id: { $gt: after ?? ('' as ConversationId) }, kind: { $eq: 'group' } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      const sums = await shownIn(found.map(({ _id }) => _id))
      return found.map(({ _id, title, memberCount, lastSeq, activeAt }) => {
        return {
          id: _id,
          title: title ?? '',
          memberCount,
          messages: lastSeq,
          activeAt,
          bytes: sums.get(_id)?.bytes ?? 0,
        }
      })
    },
    async totals() {
      const [people, conversations, messages, owners] = await Promise.all([
        users.estimatedDocumentCount(),
        conversationsOf(db).estimatedDocumentCount(),
        messagesOf(db).estimatedDocumentCount(),
        bytesOf({}),
      ])
      return { people, conversations, messages, bytes: owners.reduce((sum, { bytes }) => sum + bytes, 0) }
    },
    async largest(limit) {
      const owners = (await bytesOf({})).filter(({ bytes }) => bytes > 0)
      return owners.sort((a, b) => b.bytes - a.bytes || (a.userId < b.userId ? -1 : 1)).slice(0, limit)
    },
    async heaviest(limit) {
      const sums = [...(await shownIn(null))].filter(([, { bytes }]) => bytes > 0)
      sums.sort(([a, one], [b, other]) => other.bytes - one.bytes || (a < b ? -1 : 1))
      const first = sums.slice(0, limit)
      const found = await conversationsOf(db)
        .find({ _id: { $in: first.map(([id]) => id) } }, { projection: { title: 1 } })
        .toArray()
      const titles = new Map(found.map(({ _id, title }) => [_id, title ?? null]))
      return first.map(([id, room]) => ({ id, title: titles.get(id) ?? null, ...room }))
    },
    async suspendedAt(userId) {
      const found = await users.findOne({ _id: { $eq: userId } }, { projection: { suspendedAt: 1 } })
      return found?.suspendedAt ?? null
    },
    async suspend(userId, at) {
      const { matchedCount } = await users.updateOne(
        { _id: { $eq: userId }, passwordHash: { $ne: '' } },
        { $set: { suspendedAt: at } },
      )
      return matchedCount === 1
    },
  }
}
