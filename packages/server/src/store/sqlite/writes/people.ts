// Accounts, sessions, the account's log and last-seen times, inside the writer's transaction.
import type { Database } from 'better-sqlite3'
import {
  PalabreError,
  settleEntry,
  type AccountRole,
  type AccountEntry,
  type PushTarget,
  type SessionId,
  type User,
  type UserId,
} from '@palabre/protocol'
import { plain, termsOf } from '../../port/names.ts'
import type { ProfilePatch } from '../../port/users.ts'
import type { SessionRow } from '../../port/sessions.ts'
import { userColumns, userFrom, type UserColumns } from '../rows.ts'

export interface CreateUserRow {
  id: UserId
  username: string
  skeleton: string
  displayName: string
  passwordHash: string
  now: number
  role?: AccountRole
  invitedBy?: UserId | null
}

export function userWrites(db: Database) {
  const isTaken = db
    .prepare<[string, string], [number]>('SELECT 1 FROM users WHERE username = ? OR skeleton = ?')
    .raw()
  const nextRev = db.prepare<[], [number]>('SELECT ifnull(max(rev), 0) + 1 FROM users').raw()
  const insert = db.prepare(
    `INSERT INTO users (id, username, skeleton, display_name, sort_name, rev, password_hash, created_at, role,
       invited_by)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const select = db.prepare<[UserId], UserColumns>(`SELECT ${userColumns} FROM users WHERE id = ?`).raw()
  const update = db.prepare(
    'UPDATE users SET display_name = ?, sort_name = ?, about = ?, avatar_id = ?, rev = ? WHERE id = ?',
  )
  const touch = db.prepare<[number, UserId]>('UPDATE users SET rev = ? WHERE id = ?')
  const updateHash = db.prepare<[string, UserId]>('UPDATE users SET password_hash = ? WHERE id = ?')
  const deleteTerms = db.prepare<[UserId]>('DELETE FROM user_terms WHERE user_id = ?')
  const insertTerm = db.prepare<[string, UserId]>('INSERT INTO user_terms (term, user_id) VALUES (?, ?)')

  function revOfNext(): number {
    return nextRev.get()?.[0] ?? 1
  }

  function putTerms(id: UserId, username: string, displayName: string): void {
    deleteTerms.run(id)
    for (const term of termsOf(username, displayName)) insertTerm.run(term, id)
  }

  return {
    createUser(row: CreateUserRow): User {
      if (isTaken.get(row.username, row.skeleton) !== undefined) throw new PalabreError('USERNAME_TAKEN')
      const { id, username, displayName } = row
      const rev = revOfNext()
      const { skeleton, passwordHash, now, invitedBy = null } = row
      const role = rev === 1 ? 'operator' : (row.role ?? 'member')
      const sortName = plain(displayName)
      insert.run(id, username, skeleton, displayName, sortName, rev, passwordHash, now, role, invitedBy)
      putTerms(id, username, displayName)
      return { id, username, displayName, about: '', avatarId: null, rev }
    },
    updateUser(id: UserId, patch: ProfilePatch): User | null {
      const row = select.get(id)
      if (row === undefined) return null
      const user = userFrom(row)
      const displayName = patch.displayName ?? user.displayName
      const about = patch.about ?? user.about
      const avatarId = patch.avatarId === undefined ? user.avatarId : patch.avatarId
      if (displayName === user.displayName && about === user.about && avatarId === user.avatarId) return user
      const rev = revOfNext()
      update.run(displayName, plain(displayName), about, avatarId, rev, id)
      putTerms(id, user.username, displayName)
      return { ...user, displayName, about, avatarId, rev }
    },
    touchUser(id: UserId): User | null {
      const row = select.get(id)
      if (row === undefined) return null
      const rev = revOfNext()
      touch.run(rev, id)
      return { ...userFrom(row), rev }
    },
    setPasswordHash(id: UserId, passwordHash: string): void {
      updateHash.run(passwordHash, id)
    },
  }
}

export function sessionWrites(db: Database) {
  const insert = db.prepare(
    `INSERT INTO sessions (id, user_id, device_name, created_at, last_used_at, generation, rotated_at,
       is_confirmed, salt, place, proved_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const rotate = db.prepare<[number, number, string | null, SessionId, number]>(
    `UPDATE sessions SET generation = generation + 1, rotated_at = ?, last_used_at = ?, is_confirmed = 0,
       place = ifnull(?, place)
     WHERE id = ? AND generation = ?`,
  )
  const confirm = db.prepare<[SessionId, number]>(
    'UPDATE sessions SET is_confirmed = 1 WHERE id = ? AND generation = ? AND is_confirmed = 0',
  )
  const prove = db.prepare<[number, SessionId]>('UPDATE sessions SET proved_at = ? WHERE id = ?')
  const touch = db.prepare<[number, SessionId, number]>(
    'UPDATE sessions SET last_used_at = ? WHERE id = ? AND last_used_at < ?',
  )
  const end = db.prepare<[SessionId]>('DELETE FROM sessions WHERE id = ?')
  const endOthers = db
    .prepare<[UserId, string], [SessionId]>('DELETE FROM sessions WHERE user_id = ? AND id <> ? RETURNING id')
    .raw()
  const endStale = db
    .prepare<[number, number], [SessionId]>(
      'DELETE FROM sessions WHERE last_used_at < ? OR created_at < ? RETURNING id',
    )
    .raw()
  const takePush = db.prepare<[string, SessionId]>(
    'UPDATE sessions SET push = NULL, push_endpoint = NULL WHERE push_endpoint = ? AND id <> ?',
  )
  const putPush = db.prepare<[string | null, string | null, SessionId]>(
    'UPDATE sessions SET push = ?, push_endpoint = ? WHERE id = ?',
  )
  const dropPush = db.prepare<[SessionId, string]>(
    'UPDATE sessions SET push = NULL, push_endpoint = NULL WHERE id = ? AND push_endpoint = ?',
  )

  return {
    setPush(id: SessionId, target: PushTarget | null): boolean {
      if (target === null) return putPush.run(null, null, id).changes === 1
      takePush.run(target.endpoint, id)
      return putPush.run(JSON.stringify(target), target.endpoint, id).changes === 1
    },
    dropPush(id: SessionId, endpoint: string): void {
      dropPush.run(id, endpoint)
    },
    createSession(row: SessionRow): void {
      insert.run(
        row.id,
        row.userId,
        row.deviceName,
        row.createdAt,
        row.lastUsedAt,
        row.generation,
        row.rotatedAt,
        row.isConfirmed ? 1 : 0,
        row.salt,
        row.place,
        row.provedAt,
      )
    },
    rotateSession: (id: SessionId, from: number, now: number, place?: string): boolean =>
      rotate.run(now, now, place ?? null, id, from).changes === 1,
    proveSession(id: SessionId, now: number): void {
      prove.run(now, id)
    },
    confirmSession(id: SessionId, generation: number): void {
      confirm.run(id, generation)
    },
    touchSession(id: SessionId, now: number): void {
      touch.run(now, id, now)
    },
    endSession: (id: SessionId): boolean => end.run(id).changes === 1,
    endOtherSessions: (userId: UserId, keep: SessionId | null): SessionId[] =>
      endOthers.all(userId, keep ?? '').map(([id]) => id),
    endStaleSessions: (usedBefore: number, createdBefore: number): SessionId[] =>
      endStale.all(usedBefore, createdBefore).map(([id]) => id),
  }
}

export function accountWrites(db: Database) {
  const select = db
    .prepare<[UserId, string], [string | null]>('SELECT value FROM account WHERE user_id = ? AND key = ?')
    .raw()
  const nextRev = db
    .prepare<[UserId], [number]>('SELECT ifnull(max(rev), 0) + 1 FROM account WHERE user_id = ?')
    .raw()
  const put = db.prepare<[UserId, string, number, string | null]>(
    `INSERT INTO account (user_id, key, rev, value) VALUES (?, ?, ?, ?)
     ON CONFLICT (user_id, key) DO UPDATE SET rev = excluded.rev, value = excluded.value`,
  )
  const putLastSeen = db.prepare<[UserId, number]>(
    `INSERT INTO last_seen (user_id, at) VALUES (?, ?)
     ON CONFLICT (user_id) DO UPDATE SET at = max(at, excluded.at)`,
  )

  return {
    putAccount(userId: UserId, key: string, value: AccountEntry['value']): AccountEntry | null {
      const held = select.get(userId, key)?.[0] ?? null
      const before = held === null ? null : (JSON.parse(held) as AccountEntry['value'])
      const column = value === null ? null : JSON.stringify(value)
      if (held === column || settleEntry(before, value) !== value) return null
      const rev = nextRev.get(userId)?.[0] ?? 1
      put.run(userId, key, rev, column)
      return { rev, key, value }
    },
    setLastSeen(userId: UserId, at: number): void {
      putLastSeen.run(userId, at)
    },
  }
}
