// Invitations to the server over SQLite.
import type { InviteStore } from '../../port/invites.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'
import { inviteColumns, inviteFrom, type InviteColumns } from './invite-rows.ts'

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
