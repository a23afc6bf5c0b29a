// Rows of invitations as the port has them. Pure.
import type { AccountRole, InviteId, UserId } from '@palabre/protocol'
import type { InviteRow } from '../../port/invites.ts'

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
