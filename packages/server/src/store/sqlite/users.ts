// Accounts and profiles over SQLite, the server's side.
import { isErased, type AccountRole, type UserId } from '@palabre/protocol'
import { rangeOf } from '../port/names.ts'
import type { UserStore } from '../port/users.ts'
import type { Reader } from './reader.ts'
import { userColumns, userFrom, type UserColumns } from './rows.ts'
import type { Writer } from './writer.ts'

/** Those whose profile concerns `:viewer`: themself, their contacts, who shares a conversation with them. */
const known = `SELECT :viewer
  UNION SELECT substr(key, 9) FROM account
    WHERE user_id = :viewer AND key >= 'contact:' AND key < 'contact;' AND value IS NOT NULL
  UNION SELECT theirs.user_id FROM members AS mine JOIN members AS theirs
    ON theirs.conversation = mine.conversation WHERE mine.user_id = :viewer`

export function sqliteUsers(reader: Pick<Reader, 'db'>, writer: Pick<Writer, 'write'>): UserStore {
  const { db } = reader
  const select = db.prepare<[UserId], UserColumns>(`SELECT ${userColumns} FROM users WHERE id = ?`).raw()
  const selectSome = db
    .prepare<[string], UserColumns>(
      `SELECT ${userColumns} FROM users WHERE id IN (SELECT value FROM json_each(?))`,
    )
    .raw()
  const selectByName = db
    .prepare<[string], UserColumns>(`SELECT ${userColumns} FROM users WHERE username = ?`)
    .raw()
  const selectCredentials = db
    .prepare<[string], [...UserColumns, string]>(
      `SELECT ${userColumns}, users.password_hash FROM users WHERE username = ?`,
    )
    .raw()
  const selectRole = db.prepare<[UserId], AccountRole>('SELECT role FROM users WHERE id = ?').pluck()
  const selectAny = db.prepare<[], number>('SELECT 1 FROM users LIMIT 1').pluck()
  const find = (among: string) =>
    db
      .prepare<{ viewer: UserId; from: string; to: string; limit: number }, UserColumns>(
        `SELECT ${userColumns} FROM users
         WHERE id IN (SELECT user_id FROM user_terms WHERE term >= :from AND term < :to) AND ${among}
         ORDER BY sort_name, id LIMIT :limit`,
      )
      .raw()
  const findAll = find(':viewer IS NOT NULL')
  const findKnown = find(`id IN (${known})`)
  const maxRev = db.prepare<[], [number | null]>('SELECT max(rev) FROM users').raw()
  const selectSince = db
    .prepare<{ viewer: UserId; rev: number; limit: number }, UserColumns>(
      `SELECT ${userColumns} FROM users WHERE rev > :rev AND (id IN (${known}) OR password_hash = '') ORDER BY rev LIMIT :limit`,
    )
    .raw()

  function newestRev(): number {
    return maxRev.get()?.[0] ?? 0
  }

  return {
    create: (input) => writer.write('createUser', input),
    async byId(id) {
      const row = select.get(id)
      return row === undefined ? null : userFrom(row)
    },
    async byIds(ids) {
      return ids.length === 0 ? [] : selectSome.all(JSON.stringify(ids)).map(userFrom)
    },
    async byUsername(username) {
      const row = selectByName.get(username)
      return row === undefined || isErased(userFrom(row)) ? null : userFrom(row)
    },
    async credentials(username) {
      const row = selectCredentials.get(username)
      if (row === undefined || row[6] === '') return null
      return { user: userFrom(row.slice(0, 6) as UserColumns), passwordHash: row[6] }
    },
    async roleOf(id) {
      return selectRole.get(id) ?? null
    },
    setRole: (id, role) => writer.write('setRole', id, role),
    async isEmpty() {
      return selectAny.get() === undefined
    },
    setPasswordHash: (id, passwordHash) => writer.write('setPasswordHash', id, passwordHash),
    update: (id, patch) => writer.write('updateUser', id, patch),
    touch: (id) => writer.write('touchUser', id),
    async find({ viewerId, query, scope, limit }) {
      const range = rangeOf(query)
      if (range === null) return []
      const statement = scope === 'all' ? findAll : findKnown
      return statement.all({ viewer: viewerId, ...range, limit }).map(userFrom)
    },
    async profilesRev() {
      return newestRev()
    },
    async profilesSince(userId, rev, limit) {
      // Nearly always nothing has changed, and then who one knows need not be gathered.
      if (rev >= newestRev()) return []
      return selectSince.all({ viewer: userId, rev, limit }).map(userFrom)
    },
  }
}
