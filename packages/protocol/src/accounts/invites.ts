// Invitations to the server (JOIN-1, JOIN-2): operators make them, list them and take them back. The code is told once,
// when it is made; the server keeps a hash of it.
import { z } from 'zod'
import { UserId } from '../ids.ts'
import { limits } from '../limits.ts'
import { operation } from '../table/operation.ts'
import { AccountRole } from '../users.ts'

export const InviteId = z.uuidv7().brand<'InviteId'>()
export type InviteId = z.infer<typeof InviteId>

export const Invite = z.strictObject({
  id: InviteId,
  /** What whoever comes by it becomes. */
  role: AccountRole,
  /** Null: the command line. */
  inviterId: UserId.nullable(),
  uses: z.int(),
  usesLeft: z.int(),
  createdAt: z.int(),
  expiresAt: z.int(),
  revokedAt: z.int().nullable(),
})
export type Invite = z.infer<typeof Invite>

export const createInvite = operation({
  socket: 'create_invite',
  http: 'POST /operator/invites',
  access: 'operator',
  limit: 'write',
  isSensitive: true,
  summary: 'Makes an invitation to the server. Its code is answered this once.',
  input: z.strictObject({
    role: AccountRole.default('member'),
    uses: z.int().min(1).max(limits.inviteUses).default(1),
    forMs: z.int().min(limits.inviteMinMs).max(limits.inviteMaxMs).default(limits.inviteMs),
  }),
  output: z.strictObject({ invite: Invite, code: z.string() }),
})

export const listInvites = operation({
  socket: 'list_invites',
  http: 'GET /operator/invites',
  access: 'operator',
  limit: 'read',
  summary: 'The invitations to the server, the latest first.',
  input: z.strictObject({
    /** Of the last one of the page before. */
    before: InviteId.optional(),
    limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
  }),
  output: z.strictObject({ invites: z.array(Invite) }),
})

export const revokeInvite = operation({
  socket: 'revoke_invite',
  http: 'DELETE /operator/invites/:inviteId',
  access: 'operator',
  limit: 'write',
  summary: 'Takes an invitation back: nobody comes by it any more.',
  input: z.strictObject({ inviteId: InviteId }),
  output: z.strictObject({}),
})

export const invites = { createInvite, listInvites, revokeInvite }
