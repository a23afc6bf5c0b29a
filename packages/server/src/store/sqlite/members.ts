// Members over SQLite: reads only. Membership changes by system messages, in the log (LOG-6).
import type { ConversationId, UserId } from '@palabre/protocol'
import type { MemberRow, MemberStore } from '../port/members.ts'
import { roleFrom } from './heads.ts'
import type { Reader } from './reader.ts'
import { userColumns, userFrom, type UserColumns } from './rows.ts'

type Columns = [UserId, number, number, number, number]

export function sqliteMembers(reader: Reader): MemberStore {
  const { db } = reader
  const columns = 'members.user_id, members.role, members.joined_at, members.joined_seq, members.joined_rev'
  const selectRev = db
    .prepare<[ConversationId], [number, number]>('SELECT key, members_rev FROM conversations WHERE id = ?')
    .raw()
  const selectAll = db
    .prepare<[number], Columns>(`SELECT ${columns} FROM members WHERE conversation = ?`)
    .raw()
  const selectOne = db
    .prepare<[number, UserId], Columns>(
      `SELECT ${columns} FROM members WHERE conversation = ? AND user_id = ?`,
    )
    .raw()
  const selectPage = db
    .prepare<[number, number, number], [...UserColumns, number, number]>(
      `SELECT ${userColumns}, members.role, members.joined_at
       FROM members JOIN users ON users.id = members.user_id
       WHERE members.conversation = ? ORDER BY members.role DESC, users.sort_name, users.id LIMIT ? OFFSET ?`,
    )
    .raw()
  const areCoMembers = db
    .prepare<[UserId, UserId], [number]>(
      `SELECT 1 FROM members AS mine JOIN members AS theirs ON theirs.conversation = mine.conversation
       WHERE mine.user_id = ? AND theirs.user_id = ? LIMIT 1`,
    )
    .raw()
  // The inner look-up goes from each of the few asked about, and stops at the first conversation shared.
  const coMembersAmong = db
    .prepare<[string, UserId], [UserId]>(
      `SELECT value FROM json_each(?) WHERE EXISTS (
         SELECT 1 FROM members AS theirs JOIN members AS mine ON mine.conversation = theirs.conversation
         WHERE theirs.user_id = value AND mine.user_id = ?)`,
    )
    .raw()

  return {
    async view(conversationId) {
      return reader.atOnce(() => {
        const row = selectRev.get(conversationId)
        if (row === undefined) return null
        const [key, membersRev] = row
        const members = new Map<UserId, MemberRow>()
        for (const columns of selectAll.all(key)) members.set(columns[0], rowFrom(columns))
        return { conversationId, membersRev, members }
      })
    },
    async one(conversationId, userId) {
      const key = reader.keyOf(conversationId)
      const row = key === null ? undefined : selectOne.get(key, userId)
      return row === undefined ? null : rowFrom(row)
    },
    async page(conversationId, limit, offset) {
      const key = reader.keyOf(conversationId)
      if (key === null) return []
      return selectPage.all(key, limit, offset).map((row) => {
        const [, , , , , , role, joinedAt] = row
        return { user: userFrom(row.slice(0, 6) as UserColumns), role: roleFrom(role), joinedAt }
      })
    },
    async areCoMembers(a, b) {
      return areCoMembers.get(a, b) !== undefined
    },
    async coMembersAmong(userId, userIds) {
      return coMembersAmong.all(JSON.stringify(userIds), userId).map(([id]) => id)
    },
  }
}

function rowFrom([userId, role, joinedAt, joinedSeq, joinedRev]: Columns): MemberRow {
  return { userId, role: roleFrom(role), joinedAt, joinedSeq, joinedRev }
}
