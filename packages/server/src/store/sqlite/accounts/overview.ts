// What an operator sees of everybody, over SQLite. Sums go through indexes of one person or one conversation.
import type { AccountRole, ConversationId, UserId } from '@palabre/protocol'
import { rangeOf } from '../../port/names.ts'
import type { OverviewStore, PersonRow } from '../../port/overview.ts'
import type { Reader } from '../reader.ts'
import { isOfMedia } from '../media-rows.ts'
import { userColumns, userFrom, type UserColumns } from '../rows.ts'
import type { Writer } from '../writer.ts'

type PersonColumns = [...UserColumns, AccountRole, number, number | null, number | null, number, number]

export function sqliteOverview({ db }: Pick<Reader, 'db'>, writer: Pick<Writer, 'write'>): OverviewStore {
  const columns = `${userColumns}, users.role, users.created_at,
    (SELECT at FROM last_seen WHERE user_id = users.id), users.suspended_at,
    (SELECT count(*) FROM sessions WHERE user_id = users.id),
    (SELECT ifnull(sum(bytes), 0) FROM media INDEXED BY media_by_owner WHERE owner_id = users.id)`
  const selectOne = db.prepare<[UserId], PersonColumns>(`SELECT ${columns} FROM users WHERE id = ?`).raw()
  const selectPage = db
    .prepare<[string, number], PersonColumns>(
      `SELECT ${columns} FROM users WHERE id < ? AND password_hash <> '' ORDER BY id DESC LIMIT ?`,
    )
    .raw()
  const selectNamed = db
    .prepare<[string, string, string, number], PersonColumns>(
      `SELECT ${columns} FROM users
       WHERE id IN (SELECT user_id FROM user_terms WHERE term >= ? AND term < ?) AND id < ?
       ORDER BY id DESC LIMIT ?`,
    )
    .raw()
  const selectGroups = db
    .prepare<[string, number], [ConversationId, string | null, number, number, number, number]>(
      `SELECT id, title, member_count, last_seq, active_at,
         (SELECT ifnull(sum(json_extract(body, '$.media.bytes')), 0) FROM messages INDEXED BY messages_gallery
          WHERE conversation = conversations.key AND ${isOfMedia})
       FROM conversations WHERE kind = 'group' AND id > ? ORDER BY id LIMIT ?`,
    )
    .raw()
  const selectTotals = db
    .prepare<[], [number, number, number, number]>(
      `SELECT (SELECT count(*) FROM users WHERE password_hash <> ''), (SELECT count(*) FROM conversations),
         (SELECT ifnull(sum(last_seq), 0) FROM conversations), (SELECT ifnull(sum(bytes), 0) FROM media)`,
    )
    .raw()
  const selectLargest = db
    .prepare<[number], [UserId, number, number]>(
      `SELECT owner_id, sum(bytes), count(*) FROM media GROUP BY owner_id HAVING sum(bytes) > 0
       ORDER BY 2 DESC, 1 LIMIT ?`,
    )
    .raw()
  const selectHeaviest = db
    .prepare<[number], [ConversationId, string | null, number, number]>(
      `SELECT id, title, bytes, files FROM (
         SELECT conversation, sum(json_extract(body, '$.media.bytes')) AS bytes, count(*) AS files
         FROM messages INDEXED BY messages_gallery WHERE ${isOfMedia} GROUP BY conversation
       ) JOIN conversations ON conversations.key = conversation
       WHERE bytes > 0 ORDER BY bytes DESC, id LIMIT ?`,
    )
    .raw()
  const selectSuspended = db
    .prepare<[UserId], number | null>('SELECT suspended_at FROM users WHERE id = ?')
    .pluck()

  /** Above every id. */
  const above = '~'

  return {
    async people({ query, before, limit }) {
      const from = before ?? above
      if (query === null) return selectPage.all(from, limit).map(personFrom)
      const range = rangeOf(query)
      return range === null ? [] : selectNamed.all(range.from, range.to, from, limit).map(personFrom)
    },
    async person(userId) {
      const row = selectOne.get(userId)
      return row === undefined ? null : personFrom(row)
    },
    async groups({ after, limit }) {
      return selectGroups
        .all(after ?? '', limit)
        .map(([id, title, memberCount, messages, activeAt, bytes]) => {
          return { id, title: title ?? '', memberCount, messages, activeAt, bytes }
        })
    },
    async totals() {
      const [people, conversations, messages, bytes] = selectTotals.get() ?? [0, 0, 0, 0]
      return { people, conversations, messages, bytes }
    },
    async largest(limit) {
      return selectLargest.all(limit).map(([userId, bytes, files]) => ({ userId, bytes, files }))
    },
    async heaviest(limit) {
      return selectHeaviest.all(limit).map(([id, title, bytes, files]) => ({ id, title, bytes, files }))
    },
    async suspendedAt(userId) {
      return selectSuspended.get(userId) ?? null
    },
    suspend: (userId, at) => writer.write('suspendUser', userId, at),
  }
}

function personFrom(row: PersonColumns): PersonRow {
  const user = userFrom(row.slice(0, 6) as UserColumns)
  const [, , , , , , role, createdAt, lastSeenAt, suspendedAt, sessions, bytes] = row
  return { user, role, createdAt, lastSeenAt, suspendedAt, sessions, bytes }
}
