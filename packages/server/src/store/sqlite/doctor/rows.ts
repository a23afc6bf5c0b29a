// Reads what the examination of conversations needs, one conversation after the other, and never more than one
// message at a time.
import type { Database } from 'better-sqlite3'
import type { ConversationId, UserId } from '@palabre/protocol'
import type { HeldConversation, HeldMember, LogRow } from '../../port/examine.ts'
import { roleFrom } from '../heads.ts'

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
]
type MemberColumns = [UserId, number, number, number, number, number, number]
type LogColumns = [number, number, number, number, number, UserId, number, string | null, number]

export function conversationRows(db: Database) {
  const selectHeader = db
    .prepare<[number], HeaderColumns>(
      `SELECT key, id, kind, title, description, rev, last_seq, members_rev, member_count, active_at
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
      `SELECT seq, first_rev, rev, body_rev, changes, sender_id, created_at,
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
      const [key, id, kind, title, description, rev, lastSeq, membersRev, memberCount, activeAt] = row
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
      return { key, id, kind, header, members }
    },

    *log(key: number): Iterable<LogRow> {
      for (const row of selectLog.iterate(key)) {
        yield {
          seq: row[0],
          firstRev: row[1],
          rev: row[2],
          bodyRev: row[3],
          changes: row[4],
          senderId: row[5],
          createdAt: row[6],
          system: row[7],
          isReadable: row[8] === 1,
        }
      }
    },
  }
}
