// Invitations to the server over SQLite.
import type { AccountRole, InviteId, UserId } from '@palabre/protocol'
import type { InviteRow, InviteStore } from '../../port/invites.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'

export type InviteColumns = [
  InviteId,
  string,
  AccountRole,
  UserId | null,
  number,
  number,
  number,
  number,
  number | null,
]
export const inviteColumns =
  'id, code_hash, role, inviter_id, uses, uses_left, created_at, expires_at, revoked_at'

export function sqliteInvites(reader: Pick<Reader, 'db'>, writer: Pick<Writer, 'write'>): InviteStore {
  const select = reader.db
    .prepare<[string, number], InviteColumns>(
      `SELECT ${inviteColumns} FROM invites WHERE id < ? ORDER BY id DESC LIMIT ?`,
    )
    .raw()

  return {
    create: (row) => writer.write('createInvite', row),
    async list({ before, limit }) {
      return select.all(before ?? '~', limit).map(inviteFrom)
    },
    take: (codeHash, now) => writer.write('takeInvite', codeHash, now),
    giveBack: (id) => writer.write('giveInviteBack', id),
    revoke: (id, now) => writer.write('revokeInvite', id, now),
  }
}

export function inviteFrom(row: InviteColumns): InviteRow {
  return {
    id: row[0],
    codeHash: row[1],
    role: row[2],
    inviterId: row[3],
    uses: row[4],
    usesLeft: row[5],
    createdAt: row[6],
    expiresAt: row[7],
    revokedAt: row[8],
  }
}
