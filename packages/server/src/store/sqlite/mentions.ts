// Where one is mentioned in what one has not read (MEN-1): derived from the log, so that sending writes nothing for it.
import { limits, type ConversationId, type UserId } from '@palabre/protocol'
import type { Reader } from './reader.ts'
import { isSeen } from './unseen.ts'

/** Seqs above `seq`, the oldest first; as `LogStore.mentions`. */
export type MentionsIn = (conversationId: ConversationId, userId: UserId, seq: number) => number[]

export function mentionsIn(reader: Reader, now: () => number): MentionsIn {
  const select = reader.db
    .prepare<[number, UserId, number, UserId, number, number], [number]>(
      `SELECT messages.seq FROM members JOIN messages ON messages.conversation = members.conversation
         AND messages.seq >= members.joined_seq
       WHERE members.conversation = ? AND members.user_id = ? AND messages.seq > ? AND messages.sender_id <> ?
         AND messages.mentions IS NOT NULL AND instr(messages.mentions, members.user_id) > 0
         AND messages.deleted_at IS NULL AND (messages.expires_at IS NULL OR messages.expires_at > ?)
         AND ${isSeen('(SELECT id FROM conversations WHERE key = members.conversation)', 'members.user_id')}
       ORDER BY messages.seq LIMIT ?`,
    )
    .raw()
  return (conversationId, userId, seq) => {
    const key = reader.keyOf(conversationId)
    if (key === null) return []
    return select.all(key, userId, seq, userId, now(), limits.mentionsTold).map(([found]) => found)
  }
}
