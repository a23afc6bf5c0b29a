// Messages by time over all of one person's conversations: the seed's `/messages/since`.
// Without an index by time, which every append would pay for: within a conversation times only grow (the writer
// sees to it), so the place where to begin is found by halving, and the conversations are merged.
import type { ConversationId, Message, MessageId, UserId } from '@palabre/protocol'
import type { LogStore } from '../port/log.ts'
import { lowest } from './halving.ts'
import type { Reader } from './reader.ts'
import { messageColumns, messageFrom, type MessageColumns } from './rows.ts'

export function createdSince(reader: Reader): LogStore['createdSince'] {
  const { db } = reader
  const selectConversations = db
    .prepare<[UserId, number], [number, ConversationId, number, number]>(
      `SELECT conversations.key, conversations.id, members.joined_seq, conversations.last_seq
       FROM members JOIN conversations ON conversations.key = members.conversation
       WHERE members.user_id = ? AND conversations.active_at >= ?`,
    )
    .raw()
  const selectTime = db
    .prepare<[number, number], [number]>('SELECT created_at FROM messages WHERE conversation = ? AND seq = ?')
    .raw()
  const selectFrom = db
    .prepare<[number, number], MessageColumns>(
      `SELECT ${messageColumns} FROM messages WHERE conversation = ? AND seq >= ? ORDER BY seq`,
    )
    .raw()

  const firstSeq = (key: number, low: number, high: number, from: number) =>
    lowest(low, high, (seq) => (selectTime.get(key, seq)?.[0] ?? 0) >= from)

  return async (userId, timestamp, place, limit) => {
    const from = Math.max(timestamp, place?.createdAt ?? 0)
    const found: Message[] = []
    reader.atOnce(() => {
      for (const [key, id, joinedSeq, lastSeq] of selectConversations.all(userId, from)) {
        let taken = 0
        let lastAt = 0
        for (const row of selectFrom.iterate(key, firstSeq(key, joinedSeq, lastSeq, from))) {
          const message = messageFrom(id, row)
          // All of one millisecond are taken, because among them the id and not the seq decides.
          if (taken >= limit && message.createdAt > lastAt) break
          if (place !== null && !isAfter(message, place)) continue
          found.push(message)
          lastAt = message.createdAt
          taken += 1
        }
      }
    })
    return found.sort((a, b) => (isAfter(a, b) ? 1 : -1)).slice(0, limit)
  }
}

function isAfter(message: Message, place: { createdAt: number; id: MessageId }): boolean {
  if (message.createdAt !== place.createdAt) return message.createdAt > place.createdAt
  return message.id > place.id
}
