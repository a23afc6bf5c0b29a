// Roles and the record of sensitive acts, inside the writer's transaction.
import type { Database } from 'better-sqlite3'
import {
  PalabreError,
  type AccountRole,
  type AuditEntry,
  type InviteId,
  type UserId,
} from '@palabre/protocol'
import type { InviteRow } from '../../port/invites.ts'
import { inviteColumns, inviteFrom, type InviteColumns } from '../accounts/invite-rows.ts'

export function accountsWrites(db: Database) {
  const selectRole = db.prepare<[UserId], AccountRole>('SELECT role FROM users WHERE id = ?').pluck()
  const otherOperators = db
    .prepare<[UserId], number>("SELECT count(*) FROM users WHERE role = 'operator' AND id <> ?")
    .pluck()
  const putRole = db.prepare<[AccountRole, UserId]>('UPDATE users SET role = ? WHERE id = ?')
  const append = db.prepare<[string, number, string | null, string, string | null, string]>(
    'INSERT INTO audit (id, at, actor_id, act, subject_id, details) VALUES (?, ?, ?, ?, ?, ?)',
  )

  const insertInvite = db.prepare<unknown[]>(
    `INSERT INTO invites (${inviteColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const take = db
    .prepare<[string, number], InviteColumns>(
      `UPDATE invites SET uses_left = uses_left - 1
       WHERE code_hash = ? AND uses_left > 0 AND expires_at > ? AND revoked_at IS NULL RETURNING ${inviteColumns}`,
    )
    .raw()
  const giveBack = db.prepare<[InviteId]>('UPDATE invites SET uses_left = uses_left + 1 WHERE id = ?')
  const revoke = db.prepare<[number, InviteId]>(
    'UPDATE invites SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
  )
  const insertCredentials = db.prepare<[UserId, string]>(
    'INSERT INTO credentials (user_id, rev, value) VALUES (?, 1, ?) ON CONFLICT DO NOTHING',
  )
  const updateCredentials = db.prepare<[string, UserId, number]>(
    'UPDATE credentials SET rev = rev + 1, value = ? WHERE user_id = ? AND rev = ?',
  )

  const suspend = db.prepare<[number | null, UserId]>(
    `UPDATE users SET suspended_at = ? WHERE id = ? AND password_hash <> ''`,
  )

  return {
    suspendUser: (id: UserId, at: number | null): boolean => suspend.run(at, id).changes === 1,
    createInvite(row: InviteRow): void {
      const { id, codeHash, role, inviterId, uses, usesLeft, createdAt, expiresAt, revokedAt } = row
      insertInvite.run(id, codeHash, role, inviterId, uses, usesLeft, createdAt, expiresAt, revokedAt)
    },
    takeInvite(codeHash: string, now: number): InviteRow | null {
      const row = take.get(codeHash, now)
      return row === undefined ? null : inviteFrom(row)
    },
    giveInviteBack(id: InviteId): void {
      giveBack.run(id)
    },
    revokeInvite: (id: InviteId, now: number): boolean => revoke.run(now, id).changes === 1,
    putCredentials(userId: UserId, from: number, value: string): boolean {
      const { changes } =
        from === 0 ? insertCredentials.run(userId, value) : updateCredentials.run(value, userId, from)
      return changes === 1
    },
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
