// The ledger of deleted accounts, and what takes a person's own out of the tables, inside the writer's transaction.
// Another table that holds something of one person is one more line of `own`.
import type { Database } from 'better-sqlite3'
import { isErased, type User, type UserId } from '@palabre/protocol'
import { erasedName } from '../../port/names.ts'
import type { ErasureRow, NewErasure } from '../../port/erasures.ts'
import { takeFromReports } from './reports.ts'
import { userColumns, userFrom, type UserColumns } from '../rows.ts'

/** What goes with a person. */
const own = [
  'DELETE FROM user_terms WHERE user_id = ?',
  'DELETE FROM sessions WHERE user_id = ?',
  'DELETE FROM account WHERE user_id = ?',
  'DELETE FROM last_seen WHERE user_id = ?',
  'DELETE FROM operations WHERE user_id = ?',
  'DELETE FROM credentials WHERE user_id = ?',
  'DELETE FROM invites WHERE inviter_id = ?',
]

export function putErasure(db: Database): (row: ErasureRow) => void {
  const put = db.prepare<[UserId, string, number, string, number, string]>(
    `INSERT INTO erasures (user_id, state, due_at, name_hash, name_until, facts) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at,
       name_hash = excluded.name_hash, name_until = excluded.name_until, facts = excluded.facts`,
  )
  return (row) =>
    void put.run(row.userId, row.state, row.dueAt, row.nameHash, row.nameUntil, JSON.stringify(row))
}

export function erasureWrites(db: Database) {
  const put = putErasure(db)
  const select = db.prepare<[UserId], string>('SELECT facts FROM erasures WHERE user_id = ?').pluck()
  const selectOpen = db
    .prepare<[number, number], string>(
      `SELECT facts FROM erasures INDEXED BY erasures_open
       WHERE state <> 'done' AND (state = 'running' OR due_at <= ?) ORDER BY due_at LIMIT ?`,
    )
    .pluck()
  const remove = db.prepare<[UserId]>(`DELETE FROM erasures WHERE user_id = ? AND state = 'waiting'`)
  const forgetSeen = db.prepare<[UserId]>('DELETE FROM last_seen WHERE user_id = ?')
  const selectUser = db.prepare<[UserId], UserColumns>(`SELECT ${userColumns} FROM users WHERE id = ?`).raw()
  const erase = db.prepare<[string, string, UserId]>(
    `UPDATE users SET username = ?, skeleton = ?, display_name = '', sort_name = '', about = '', avatar_id = NULL,
       password_hash = '', rev = (SELECT max(rev) + 1 FROM users) WHERE id = ?`,
  )
  const takeReports = takeFromReports(db)
  const takings = own.map((sql) => db.prepare<[UserId]>(sql))

  function rowOf(userId: UserId): ErasureRow | null {
    const facts = select.get(userId)
    return facts === undefined ? null : (JSON.parse(facts) as ErasureRow)
  }

  return {
    requestErasure(row: NewErasure): void {
      const held = rowOf(row.userId)
      if (held !== null && held.state !== 'waiting') return
      put({ ...row, state: 'waiting', doneAt: null })
      forgetSeen.run(row.userId)
    },
    cancelErasure: (userId: UserId): boolean => remove.run(userId).changes === 1,
    beginErasures(now: number, limit: number): ErasureRow[] {
      return selectOpen.all(now, limit).map((facts) => {
        const row: ErasureRow = { ...(JSON.parse(facts) as ErasureRow), state: 'running' }
        put(row)
        return row
      })
    },
    tombstone(userId: UserId): User | null {
      const row = selectUser.get(userId)
      if (row === undefined) return null
      for (const take of takings) take.run(userId)
      takeReports(userId)
      if (isErased(userFrom(row))) return userFrom(row)
      const name = erasedName(userId)
      erase.run(name, name, userId)
      const after = selectUser.get(userId)
      return after === undefined ? null : userFrom(after)
    },
    endErasure(userId: UserId, now: number): void {
      const row = rowOf(userId)
      if (row !== null) put({ ...row, state: 'done', doneAt: now })
    },
    /** The log is copied home and emptied after this commit (`committer.ts`). */
    compact(): void {
      // What was deleted is overwritten where it was (`secure_delete`); what is left is in the log.
    },
  }
}
