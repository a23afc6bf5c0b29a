// Who may run the server: the role of an account, proving who one is before something sensitive, and the record of what
// was done (ACC-1 … ACC-4). What operators do besides is a file of its own.
import { z } from 'zod'
import { Password } from './password.ts'
import { UserId } from '../ids.ts'
import { limits } from '../limits.ts'
import { operation } from '../table/operation.ts'
import { AccountRole } from '../users.ts'

/** What is written down: the sensitive acts, by a name that stays. */
export const AuditAct = z.enum([
  'role_changed',
  'invite_made',
  'invite_revoked',
  'password_changed',
  'password_reset',
  'recovery_codes_made',
  'reset_code_made',
  'factor_added',
  'factor_removed',
  'person_suspended',
  'person_readmitted',
  'sessions_ended',
  'report_read',
  'report_dismissed',
  'person_warned',
  'media_removed',
])
export type AuditAct = z.infer<typeof AuditAct>

/** One thing that was done. Nothing in it is what people wrote. */
export const AuditEntry = z.strictObject({
  id: z.uuidv7(),
  at: z.int(),
  /** Null: from the command line. */
  actorId: UserId.nullable(),
  act: z.string(),
  /** Whom it concerns. */
  subjectId: UserId.nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})
export type AuditEntry = z.infer<typeof AuditEntry>

export const getServer = operation({
  socket: null,
  http: 'GET /server',
  access: 'public',
  limit: 'none',
  summary: 'What a stranger may know before signing up: the name, who may register, and whether it is new.',
  input: z.strictObject({}),
  output: z.strictObject({
    name: z.string(),
    registration: z.enum(['open', 'invite', 'closed']),
    /** Nobody has an account yet: the first one becomes the operator. */
    isNew: z.boolean(),
    /** Passkeys can be used: the server knows its own address. */
    hasPasskeys: z.boolean(),
  }),
})

export const prove = operation({
  socket: null,
  http: 'POST /auth/prove',
  access: 'session',
  limit: 'prove',
  summary: 'Says the password once more; for ten minutes this device may do what is sensitive.',
  input: z.strictObject({ password: Password }),
  output: z.strictObject({ until: z.int() }),
})

export const setAccountRole = operation({
  socket: 'set_account_role',
  http: 'PUT /operator/users/:userId/role',
  access: 'operator',
  limit: 'write',
  isSensitive: true,
  summary: 'Makes somebody an operator, or an ordinary person again. The last operator stays one.',
  input: z.strictObject({ userId: UserId, role: AccountRole }),
  output: z.strictObject({ role: AccountRole }),
})

export const listAudit = operation({
  socket: 'list_audit',
  http: 'GET /operator/audit',
  access: 'operator',
  limit: 'read',
  summary: 'What was done by operators and to accounts, the latest first.',
  input: z.strictObject({
    /** Of the last entry of the page before. */
    before: z.uuidv7().optional(),
    limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
  }),
  output: z.strictObject({ entries: z.array(AuditEntry) }),
})

export const accounts = { getServer, prove, setAccountRole, listAudit }
