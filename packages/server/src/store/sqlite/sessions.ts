// Sessions over SQLite, the server's side.
import type { PushTarget, SessionId, UserId } from '@palabre/protocol'
import type { SessionRow, SessionStore } from '../port/sessions.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

type Columns = [SessionId, UserId, string, number, number, number, number, number, string, string, number]

export function sqliteSessions(reader: Pick<Reader, 'db'>, writer: Pick<Writer, 'write'>): SessionStore {
  const columns = `id, user_id, device_name, created_at, last_used_at, generation, rotated_at, is_confirmed, salt, place, proved_at`
  const select = reader.db.prepare<[SessionId], Columns>(`SELECT ${columns} FROM sessions WHERE id = ?`).raw()
  const selectExisting = reader.db
    .prepare<[string], [SessionId]>('SELECT id FROM sessions WHERE id IN (SELECT value FROM json_each(?))')
    .raw()
  const selectOfUser = reader.db
    .prepare<[UserId], Columns>(
      `SELECT ${columns} FROM sessions WHERE user_id = ? ORDER BY last_used_at DESC, id DESC`,
    )
    .raw()
  const selectPush = reader.db
    .prepare<[SessionId], [string | null]>('SELECT push FROM sessions WHERE id = ?')
    .raw()
  const selectPushed = reader.db
    .prepare<[string], [SessionId, UserId, string]>(
      `SELECT id, user_id, push FROM sessions
       WHERE user_id IN (SELECT value FROM json_each(?)) AND push IS NOT NULL`,
    )
    .raw()

  return {
    create: (row) => writer.write('createSession', row),
    async byId(id) {
      const row = select.get(id)
      return row === undefined ? null : rowFrom(row)
    },
    async existing(ids) {
      return selectExisting.all(JSON.stringify(ids)).map(([id]) => id)
    },
    async ofUser(userId) {
      return selectOfUser.all(userId).map(rowFrom)
    },
    rotate: (id, from, now, place) => writer.write('rotateSession', id, from, now, place),
    prove: (id, now) => writer.write('proveSession', id, now),
    confirm: (id, generation) => writer.write('confirmSession', id, generation),
    touch: (id, now) => writer.write('touchSession', id, now),
    end: (id) => writer.write('endSession', id),
    endOthers: (userId, keep) => writer.write('endOtherSessions', userId, keep),
    endStale: (usedBefore, createdBefore) => writer.write('endStaleSessions', usedBefore, createdBefore),
    setPush: (id, target) => writer.write('setPush', id, target),
    async push(id) {
      const column = selectPush.get(id)?.[0] ?? null
      return column === null ? null : (JSON.parse(column) as PushTarget)
    },
    dropPush: (id, endpoint) => writer.write('dropPush', id, endpoint),
    async pushedOf(userIds) {
      return selectPushed
        .all(JSON.stringify(userIds))
        .map(([sessionId, userId, push]) => ({ sessionId, userId, target: JSON.parse(push) as PushTarget }))
    },
  }
}

function rowFrom(row: Columns): SessionRow {
  return {
    id: row[0],
    userId: row[1],
    deviceName: row[2],
    createdAt: row[3],
    lastUsedAt: row[4],
    generation: row[5],
    rotatedAt: row[6],
    isConfirmed: row[7] === 1,
    salt: row[8],
    place: row[9],
    provedAt: row[10],
  }
}
