// Passwords after the first one: changing it, and getting back in without e-mail (PASS-1 … PASS-4).
import { z } from 'zod'
import { UserId } from '../ids.ts'
import { operation } from '../table/operation.ts'
import { Passkey } from './factors.ts'
import { NewPassword, Password } from './password.ts'

export const changePassword = operation({
  socket: null,
  http: 'POST /auth/password',
  access: 'session',
  limit: 'prove',
  summary: 'Changes one’s own password, with the old one; signs the other devices out unless told not to.',
  input: z.strictObject({
    password: Password,
    newPassword: NewPassword,
    endsOthers: z.boolean().default(true),
  }),
  output: z.strictObject({ ended: z.int() }),
})

export const makeRecoveryCodes = operation({
  socket: null,
  http: 'POST /auth/recovery',
  access: 'session',
  limit: 'prove',
  isSensitive: true,
  summary: 'Eight codes, each of which lets their owner in once; those of before end. Answered this once.',
  input: z.strictObject({}),
  output: z.strictObject({ codes: z.array(z.string()) }),
})

export const getSecurity = operation({
  socket: 'get_security',
  http: 'GET /me/security',
  access: 'session',
  limit: 'read',
  summary: 'How one’s own account is protected.',
  input: z.strictObject({}),
  output: z.strictObject({
    /** Recovery codes that are left; null: none were made. */
    recoveryLeft: z.int().nullable(),
    /** One-time codes of an app are asked for. */
    hasTotp: z.boolean(),
    passkeys: z.array(Passkey),
  }),
})

export const resetPassword = operation({
  socket: null,
  http: 'POST /auth/reset',
  access: 'public',
  limit: 'reset',
  summary: 'A new password for a recovery code or a code of the operator. Every device is signed out.',
  input: z.strictObject({
    username: z.string().max(64).toLowerCase(),
    code: z.string().min(1).max(128),
    newPassword: NewPassword,
  }),
  output: z.strictObject({}),
})

export const createResetCode = operation({
  socket: 'create_reset_code',
  http: 'POST /operator/users/:userId/reset',
  access: 'operator',
  limit: 'write',
  isSensitive: true,
  summary:
    'A code with which somebody sets a new password: for an hour, once, five tries. The one of before ends.',
  input: z.strictObject({
    userId: UserId,
    /** Takes their second factors away too, for who has lost those as well. */
    dropsFactors: z.boolean().default(false),
  }),
  output: z.strictObject({ code: z.string(), expiresAt: z.int() }),
})

export const recovery = { changePassword, makeRecoveryCodes, getSecurity, resetPassword, createResetCode }
