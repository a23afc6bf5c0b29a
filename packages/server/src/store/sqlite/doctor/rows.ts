// Reads what the examination of conversations needs, one conversation after the other, and never more than one
// message at a time.
import type { Database } from 'better-sqlite3'
import type { ConversationId, MessageId, UserId } from '@palabre/protocol'
import type { HeldConversation, HeldMember, LogRow } from '../../port/examine.ts'
import { roleFrom } from '../heads.ts'
import { digestsKept } from '../kept-digests.ts'

export interface KeyedConversation extends HeldConversation {
  key: number
}

type HeaderColumns = [
  number,
  ConversationId,
  'direct' | 'group',
  string | null,
  string,
  number,
  number,
  number,
  number,
  number,
  number,
]
type MemberColumns = [UserId, number, number, number, number, number, number]
type LogColumns = [number, MessageId, number, number, number, number, UserId, number, string | null, number]

export function conversationRows(db: Database) {
  const selectHeader = db
    .prepare<[number], HeaderColumns>(
      `SELECT key, id, kind, title, description, rev, last_seq, members_rev, member_count, active_at, open_digest
       FROM conversations WHERE key = ?`,
    )
    .raw()
  const selectKeys = db.prepare<[], number>('SELECT key FROM conversations ORDER BY key').pluck()
  const selectMembers = db
    .prepare<[number], MemberColumns>(
      `SELECT user_id, role, joined_at, joined_seq, joined_rev, delivered_seq, read_seq
       FROM members WHERE conversation = ?`,
    )
    .raw()
  const selectLog = db
    .prepare<[number], LogColumns>(
      `SELECT seq, id, first_rev, rev, body_rev, changes, sender_id, created_at,
         CASE kind WHEN 'system' THEN body END,
         json_valid(body) AND json_valid(coalesce(mentions, '[]')) AND json_valid(coalesce(reactions, '[]'))
       FROM messages WHERE conversation = ? ORDER BY seq`,
    )
    .raw()

  return {
    keys: (): number[] => selectKeys.all(),

    one(at: number): KeyedConversation | null {
      const row = selectHeader.get(at)
      if (row === undefined) return null
      const [key, id, kind, title, description, rev, lastSeq, membersRev, memberCount, activeAt, open] = row
      const members = new Map<UserId, HeldMember>()
      for (const [userId, role, joinedAt, joinedSeq, joinedRev, deliveredSeq, readSeq] of selectMembers.all(
        key,
      )) {
        members.set(userId, {
          userId,
          role: roleFrom(role),
          joinedAt,
          joinedSeq,
          joinedRev,
          deliveredSeq,
          readSeq,
        })
      }
      const header = { title, description, rev, lastSeq, membersRev, memberCount, activeAt }
      return { key, id, kind, header, members, digests: digestsKept(db, key, open) }
    },

    *log(key: number): Iterable<LogRow> {
      for (const row of selectLog.iterate(key)) {
        yield {
          seq: row[0],
          id: row[1],
          firstRev: row[2],
          rev: row[3],
          bodyRev: row[4],
          changes: row[5],
          senderId: row[6],
          createdAt: row[7],
          system: row[8],
          isReadable: row[9] === 1,
        }
      }
    },
  }
}
