// Setting up and giving up a second factor: one-time codes and passkeys (FAC-1 … FAC-5). Asking for it at the door is
// `core/credentials/second-factor.ts`. An operator who has one keeps at least one.
import { PalabreError, limits, type AuditAct, type User } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import type { Context } from '../core/context.ts'
import { changeKept, keptOf, type Kept } from '../core/credentials/kept.ts'
import { madePasskey, optionsToMake, optionsToSign } from '../core/credentials/passkeys.ts'
import { hasFactor } from '../core/credentials/second-factor.ts'
import { newSecret, seal, stepOf, unseal, uriOf } from '../core/credentials/totp.ts'
import type { Handlers } from '../core/handlers.ts'

export const factors = {
  async beginTotp(ctx) {
    const user = await self(ctx)
    const secret = newSecret()
    const pending = {
      sealed: seal(ctx.config.refreshKey, ctx.userId, secret),
      until: ctx.now() + limits.totpBeginMs,
    }
    await change(ctx, (kept) => ({ ...kept, pending }))
    return { secret, uri: uriOf(secret, ctx.config.serverName, user.username) }
  },

  async confirmTotp(ctx, { code }) {
    await change(ctx, (kept) => {
      const { pending } = kept
      if (pending === null || pending.until <= ctx.now()) throw new PalabreError('FACTOR_WRONG')
      const secret = unseal(ctx.config.refreshKey, ctx.userId, pending.sealed)
      const lastStep = secret === null ? null : stepOf(secret, code, ctx.now(), 0)
      if (lastStep === null) throw new PalabreError('FACTOR_WRONG')
      return { ...kept, pending: null, totp: { sealed: pending.sealed, since: ctx.now(), lastStep } }
    })
    return told(ctx, 'factor_added', 'totp')
  },

  async removeTotp(ctx) {
    await give(ctx, (kept) => ({ ...kept, totp: null, pending: null }))
    return told(ctx, 'factor_removed', 'totp')
  },

  async beginPasskey(ctx) {
    const { passkeys } = await keptOf(ctx.store.credentials, ctx.userId)
    const options = await optionsToMake(ctx.config, await self(ctx), passkeys, ctx.now())
    return { options: JSON.parse(JSON.stringify(options)) as Record<string, never> }
  },

  async addPasskey(ctx, input) {
    const passkey = await madePasskey(ctx.config, await self(ctx), input, ctx.now())
    await change(ctx, (kept) => {
      if (kept.passkeys.some(({ id }) => id === passkey.id)) return kept
      if (kept.passkeys.length >= limits.passkeys) throw new PalabreError('PASSKEYS_FULL')
      return { ...kept, passkeys: [...kept.passkeys, passkey] }
    })
    return told(ctx, 'factor_added', 'passkey')
  },

  async removePasskey(ctx, { passkeyId }) {
    await give(ctx, (kept) => {
      const passkeys = kept.passkeys.filter(({ id }) => id !== passkeyId)
      if (passkeys.length === kept.passkeys.length) throw new PalabreError('PASSKEY_NOT_FOUND')
      return { ...kept, passkeys }
    })
    return told(ctx, 'factor_removed', 'passkey')
  },

  async beginPasskeyLogin({ config, now }) {
    return { options: optionsToSign(config, now()) }
  },
} satisfies Partial<Handlers>

async function self(ctx: Context): Promise<User> {
  const user = await ctx.store.users.byId(ctx.userId)
  if (user === null) throw new PalabreError('USER_NOT_FOUND')
  return user
}

function change(ctx: Context, alter: (kept: Kept) => Kept): Promise<null> {
  return changeKept(ctx.store.credentials, ctx.userId, (kept) => ({ next: alter(kept), answer: null }))
}

/** Gives one up. @throws OPERATOR_FACTOR_REQUIRED where an operator would be left without */
async function give(ctx: Context, alter: (kept: Kept) => Kept): Promise<void> {
  const role = await ctx.store.users.roleOf(ctx.userId)
  await change(ctx, (kept) => {
    const next = alter(kept)
    if (role === 'operator' && hasFactor(kept) && !hasFactor(next))
      throw new PalabreError('OPERATOR_FACTOR_REQUIRED')
    return next
  })
}

async function told(ctx: Context, act: AuditAct, kind: 'totp' | 'passkey'): Promise<Record<string, never>> {
  await record(ctx, { act, subjectId: ctx.userId, details: { kind } })
  return {}
}
