// Invitations to the server, for operators (JOIN-1, JOIN-2). Coming by one is `auth.ts`.
import { v7 as uuidv7 } from 'uuid'
import { InviteId, PalabreError } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import { hashOfCode, makeCode } from '../core/credentials/codes.ts'
import type { Handlers } from '../core/handlers.ts'
import type { InviteRow } from '../store/port/invites.ts'

export const invites = {
  async createInvite(ctx, { role, uses, forMs }) {
    const code = makeCode('invite')
    const now = ctx.now()
    const row: InviteRow = {
      id: InviteId.parse(uuidv7()),
      codeHash: hashOfCode('invite', code) ?? '',
      role,
      inviterId: ctx.userId,
      uses,
      usesLeft: uses,
      createdAt: now,
      expiresAt: now + forMs,
      revokedAt: null,
    }
    await ctx.store.invites.create(row)
    await record(ctx, { act: 'invite_made', details: { inviteId: row.id, role, uses } })
    return { invite: shown(row), code }
  },

  async listInvites(ctx, { before = null, limit }) {
    const rows = await ctx.store.invites.list({ before, limit })
    return { invites: rows.map(shown) }
  },

  async revokeInvite(ctx, { inviteId }) {
    if (!(await ctx.store.invites.revoke(inviteId, ctx.now()))) throw new PalabreError('INVITE_NOT_FOUND')
    await record(ctx, { act: 'invite_revoked', details: { inviteId } })
    return {}
  },
} satisfies Partial<Handlers>

function shown({ codeHash: _, ...invite }: InviteRow) {
  return invite
}
