// Marks over SQLite, the server's side.
import type { ConversationId, MarkPair, UserId } from '@palabre/protocol'
import type { ReceiptStore, StoredMarks } from '../port/receipts.ts'
import { mentionsIn } from './mentions.ts'
import type { Reader } from './reader.ts'
import { isSeen } from './unseen.ts'
import type { Writer } from './writer.ts'

export function sqliteReceipts(reader: Reader, writer: Writer, now: () => number): ReceiptStore {
  const select = reader.db
    .prepare<[number], [UserId, number, number]>(
      'SELECT user_id, delivered_seq, read_seq FROM members WHERE conversation = ?',
    )
    .raw()
  const selectOfUser = reader.db
    .prepare<
      [number, string, UserId],
      [ConversationId, number, number, number, number | null, number | null, UserId | null]
    >(
      `SELECT conversations.id, mine.delivered_seq, mine.read_seq,
         (SELECT count(*) FROM messages
          WHERE messages.conversation = mine.conversation
            AND messages.seq > max(mine.read_seq, mine.joined_seq) AND messages.sender_id <> mine.user_id
            AND messages.kind <> 'system' AND messages.deleted_at IS NULL
            AND (messages.expires_at IS NULL OR messages.expires_at > ?)
            AND ${isSeen('conversations.id', 'mine.user_id')}),
         min(others.delivered_seq), min(others.read_seq),
         CASE conversations.kind WHEN 'direct' THEN max(others.user_id) END
       FROM json_each(?) AS asked
       JOIN conversations ON conversations.id = asked.value
       JOIN members AS mine ON mine.conversation = conversations.key AND mine.user_id = ?
       LEFT JOIN members AS others
         ON others.conversation = mine.conversation AND others.user_id <> mine.user_id
       GROUP BY conversations.key`,
    )
    .raw()

  const mentions = mentionsIn(reader, now)

  return {
    mark: (conversationId, userId, marks) => writer.write('mark', conversationId, userId, marks),
    async ofConversation(conversationId) {
      const key = reader.keyOf(conversationId)
      const marks = new Map<UserId, MarkPair>()
      if (key === null) return marks
      for (const [userId, deliveredSeq, readSeq] of select.all(key)) {
        marks.set(userId, { deliveredSeq, readSeq })
      }
      return marks
    },
    async ofUser(userId, ids) {
      const marks = new Map<ConversationId, StoredMarks>()
      for (const row of selectOfUser.iterate(now(), JSON.stringify(ids), userId)) {
        const [id, deliveredSeq, readSeq, unread, othersDelivered, othersRead, directWith] = row
        const others = { deliveredSeq: othersDelivered ?? 0, readSeq: othersRead ?? 0 }
        const found = unread > 0 ? mentions(id, userId, readSeq) : []
        marks.set(id, {
          deliveredSeq,
          readSeq,
          unread,
          ...(found.length > 0 && { mentions: found }),
          others,
          directWith,
        })
      }
      return marks
    },
  }
}
