// Marks over SQLite, the server's side.
import type { MarkPair, UserId } from '@palabre/protocol'
import type { ReceiptStore } from '../port/receipts.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export function sqliteReceipts(reader: Reader, writer: Writer): ReceiptStore {
  const select = reader.db
    .prepare<[number], [UserId, number, number]>(
      'SELECT user_id, delivered_seq, read_seq FROM members WHERE conversation = ?',
    )
    .raw()

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
  }
}
