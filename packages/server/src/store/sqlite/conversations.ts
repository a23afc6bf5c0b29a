// Conversations over SQLite, the server's side.
import type { ConversationId, Message, UserId } from '@palabre/protocol'
import type { ConversationRow, ConversationStore, Created } from '../port/conversations.ts'
import type { Reader } from './reader.ts'
import { messageColumns, messageFrom, settingsFrom, type MessageColumns } from './rows.ts'
import type { CreatedAnswer } from './writes/conversations.ts'
import type { Writer } from './writer.ts'

const columns = `conversations.id, kind, title, description, avatar_id, created_by, created_at, member_count,
  rev, last_seq, members_rev, active_at, settings`

type Columns = [
  ConversationId,
  'direct' | 'group',
  string | null,
  string,
  string | null,
  UserId,
  number,
  number,
  number,
  number,
  number,
  number,
  string | null,
]

export function sqliteConversations(reader: Reader, writer: Writer): ConversationStore {
  const { db } = reader
  const selectById = db
    .prepare<[ConversationId], Columns>(`SELECT ${columns} FROM conversations WHERE id = ?`)
    .raw()
  const ofUser = `FROM members JOIN conversations ON conversations.key = members.conversation
    WHERE members.user_id = ?`
  const newestFirst = 'ORDER BY active_at DESC, conversations.id DESC'
  const selectPage = db
    .prepare<[UserId, number, number], Columns>(`SELECT ${columns} ${ofUser} ${newestFirst} LIMIT ? OFFSET ?`)
    .raw()
  const selectPageAfter = db
    .prepare<[UserId, number, ConversationId, number, number], Columns>(
      `SELECT ${columns} ${ofUser} AND (active_at, conversations.id) < (?, ?) ${newestFirst} LIMIT ? OFFSET ?`,
    )
    .raw()
  const selectHeads = db
    .prepare<[UserId], [ConversationId, number]>(`SELECT conversations.id, rev ${ofUser} ${newestFirst}`)
    .raw()
  const selectHeadsOf = db
    .prepare<[string], [ConversationId, number, number]>(
      'SELECT id, rev, members_rev FROM conversations WHERE id IN (SELECT value FROM json_each(?))',
    )
    .raw()
  const selectActive = db
    .prepare<[number], [ConversationId]>('SELECT id FROM conversations WHERE active_at >= ?')
    .raw()
  const selectIds = db
    .prepare<[string, number], [ConversationId]>(
      'SELECT id FROM conversations WHERE id > ? ORDER BY id LIMIT ?',
    )
    .raw()
  const count = db.prepare<[UserId], [number]>('SELECT count(*) FROM members WHERE user_id = ?').raw()
  const selectPair = db
    .prepare<[string], [ConversationId]>('SELECT id FROM conversations WHERE pair = ?')
    .raw()
  const selectFirst = db
    .prepare<[number], MessageColumns>(
      `SELECT ${messageColumns} FROM messages WHERE conversation = ? AND seq = 1`,
    )
    .raw()

  function created({ id, isNew }: CreatedAnswer): Created {
    return { conversationId: id, isNew, message: firstOf(id) }
  }

  function firstOf(id: ConversationId): Message {
    const key = reader.keyOf(id)
    const row = key === null ? undefined : selectFirst.get(key)
    if (row === undefined) throw new Error('a conversation has no first message')
    return messageFrom(id, row)
  }

  return {
    createDirect: async (input) => created(await writer.write('createDirect', input)),
    createGroup: async (input) => created(await writer.write('createGroup', input)),
    async ofPair(a, b) {
      return selectPair.get(a < b ? `${a} ${b}` : `${b} ${a}`)?.[0] ?? null
    },
    async byId(id) {
      const row = selectById.get(id)
      return row === undefined ? null : rowFrom(row)
    },
    async ofUser(userId, { limit, offset, after }) {
      const rows =
        after === null
          ? selectPage.all(userId, limit, offset)
          : selectPageAfter.all(userId, after.activeAt, after.id, limit, offset)
      return rows.map(rowFrom)
    },
    async countOfUser(userId) {
      return count.get(userId)?.[0] ?? 0
    },
    async headsOfUser(userId) {
      return selectHeads.all(userId).map(([id, rev]) => ({ id, rev }))
    },
    async headsOf(ids) {
      return selectHeadsOf.all(JSON.stringify(ids)).map(([id, rev, membersRev]) => ({ id, rev, membersRev }))
    },
    async idsAfter(after, limit) {
      return selectIds.all(after ?? '', limit).map(([id]) => id)
    },
    async membersMovedSince(at) {
      return selectActive.all(at).map(([id]) => id)
    },
  }
}

function rowFrom(row: Columns): ConversationRow {
  return {
    header: {
      id: row[0],
      kind: row[1],
      title: row[2],
      description: row[3],
      avatarId: row[4],
      createdBy: row[5],
      createdAt: row[6],
      memberCount: row[7],
      settings: settingsFrom(row[12]),
    },
    rev: row[8],
    lastSeq: row[9],
    membersRev: row[10],
    activeAt: row[11],
  }
}
