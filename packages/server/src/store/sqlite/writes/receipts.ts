// Marks, inside the writer's transaction: they only grow, and stay within what the member can have (REC-1).
import type { Database } from 'better-sqlite3'
import type { ConversationId, MarkPair, UserId } from '@palabre/protocol'
import type { Heads } from '../heads.ts'

export interface MarkAnswer {
  marks: MarkPair
  isChanged: boolean
}

export function receiptWrites(db: Database, heads: Heads) {
  const select = db
    .prepare<[number, UserId], [number, number]>(
      'SELECT delivered_seq, read_seq FROM members WHERE conversation = ? AND user_id = ?',
    )
    .raw()
  const update = db.prepare<[number, number, number, UserId]>(
    'UPDATE members SET delivered_seq = ?, read_seq = ? WHERE conversation = ? AND user_id = ?',
  )

  return {
    mark(
      conversationId: ConversationId,
      userId: UserId,
      marks: { deliveredSeq?: number; readSeq?: number },
    ): MarkAnswer | null {
      const head = heads.get(conversationId)
      const row = head === null ? undefined : select.get(head.key, userId)
      if (head === null || row === undefined) return null
      const [delivered, read] = row
      const readSeq = Math.max(read, Math.min(marks.readSeq ?? 0, head.lastSeq))
      // Who has read it has got it.
      const deliveredSeq = Math.max(delivered, readSeq, Math.min(marks.deliveredSeq ?? 0, head.lastSeq))
      const isChanged = readSeq !== read || deliveredSeq !== delivered
      if (isChanged) update.run(deliveredSeq, readSeq, head.key, userId)
      return { marks: { deliveredSeq, readSeq }, isChanged }
    },
  }
}
