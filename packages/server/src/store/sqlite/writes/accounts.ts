// Roles and the record of sensitive acts, inside the writer's transaction.
import type { Database } from 'better-sqlite3'
import { PalabreError, type AccountRole, type AuditEntry, type UserId } from '@palabre/protocol'

export function accountsWrites(db: Database) {
  const selectRole = db.prepare<[UserId], AccountRole>('SELECT role FROM users WHERE id = ?').pluck()
  const otherOperators = db
    .prepare<[UserId], number>("SELECT count(*) FROM users WHERE role = 'operator' AND id <> ?")
    .pluck()
  const putRole = db.prepare<[AccountRole, UserId]>('UPDATE users SET role = ? WHERE id = ?')
  const append = db.prepare<[string, number, string | null, string, string | null, string]>(
    'INSERT INTO audit (id, at, actor_id, act, subject_id, details) VALUES (?, ?, ?, ?, ?, ?)',
  )

  return {
    setRole(id: UserId, role: AccountRole): void {
      const before = selectRole.get(id)
      if (before === undefined) throw new PalabreError('USER_NOT_FOUND')
      const isLast = before === 'operator' && role !== 'operator' && otherOperators.get(id) === 0
      if (isLast) throw new PalabreError('OPERATOR_REQUIRED')
      putRole.run(role, id)
    },
    appendAudit({ id, at, actorId, act, subjectId, details }: AuditEntry): void {
      append.run(id, at, actorId, act, subjectId, JSON.stringify(details))
    },
  }
}
