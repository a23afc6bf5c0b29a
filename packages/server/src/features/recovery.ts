// Changing a password, and getting back in without e-mail (PASS-1 … PASS-4, SECURITY §5.2): with a recovery code of one's
// own, or with a code that an operator hands over. Whatever does not let in is answered alike.
import { PalabreError, limits, type UserId } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import type { Context, PublicContext } from '../core/context.ts'
import { codeLetters, hashOfCode, makeCode } from '../core/credentials/codes.ts'
import { changeKept, keptOf, takeRecovery, takeReset } from '../core/credentials/kept.ts'
import { hashPassword, isPassword } from '../core/credentials/passwords.ts'
import { isWeakPassword } from '../core/credentials/weak-passwords.ts'
import type { Handlers } from '../core/handlers.ts'

export const recovery = {
  async changePassword(ctx, { password, newPassword, endsOthers }) {
    const user = await ctx.store.users.byId(ctx.userId)
    if (user === null) throw new PalabreError('USER_NOT_FOUND')
    const known = await ctx.store.users.credentials(user.username)
    const isRight = await isPassword(password, known?.passwordHash ?? null, ctx.config.passwordCost)
    if (!isRight) throw new PalabreError('PASSWORD_WRONG')
    refuseWeak(ctx, newPassword, [user.username, user.displayName])
    await ctx.store.users.setPasswordHash(
      ctx.userId,
      await hashPassword(newPassword, ctx.config.passwordCost),
    )
    const ended = endsOthers ? await ctx.tokens.endOthers(ctx.userId, ctx.sessionId) : 0
    await ctx.store.sessions.prove(ctx.sessionId, ctx.now())
    await record(ctx, { act: 'password_changed', subjectId: ctx.userId, details: { ended } })
    return { ended }
  },

  async makeRecoveryCodes(ctx) {
    const codes = Array.from({ length: limits.recoveryCodes }, () => makeCode('recovery'))
    const hashes = codes.map((code) => hashOfCode('recovery', code, ctx.userId) ?? '')
    await changeKept(ctx.store.credentials, ctx.userId, (kept) => ({
      next: { ...kept, recovery: { hashes, madeAt: ctx.now() } },
      answer: null,
    }))
    await record(ctx, { act: 'recovery_codes_made', subjectId: ctx.userId })
    return { codes }
  },

  async getSecurity(ctx) {
    const kept = await keptOf(ctx.store.credentials, ctx.userId)
    return {
      recoveryLeft: kept.recovery?.hashes.length ?? null,
      hasTotp: kept.totp !== null,
      passkeys: kept.passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
        id,
        name,
        createdAt,
        lastUsedAt,
      })),
    }
  },

  async resetPassword(ctx, { username, code, newPassword }) {
    // Before anything else: it says nothing about the account.
    refuseWeak(ctx, newPassword, [username])
    // For everybody, so that the answer takes as long; and before the code is taken, which a busy server would waste.
    const passwordHash = await hashPassword(newPassword, ctx.config.passwordCost)
    const known = await ctx.store.users.credentials(username)
    const by = known === null ? null : await byCode(ctx, known.user.id, code)
    if (known === null || by === null) throw new PalabreError('RESET_REFUSED')
    const { id } = known.user
    await ctx.store.users.setPasswordHash(id, passwordHash)
    await ctx.tokens.endOthers(id, null)
    const { store, now } = ctx
    await record({ store, now, userId: id }, { act: 'password_reset', subjectId: id, details: { by } })
    return {}
  },

  async createResetCode(ctx, { userId, dropsFactors }) {
    if ((await ctx.store.users.byId(userId)) === null) throw new PalabreError('USER_NOT_FOUND')
    return makeResetCode(ctx, userId, dropsFactors)
  },
} satisfies Partial<Handlers>

/** A code for somebody who cannot get in; the one of before ends. `userId` of `ctx`: null for the command line. */
export async function makeResetCode(
  ctx: Parameters<typeof record>[0] & { store: Pick<Context['store'], 'credentials'> },
  subjectId: UserId,
  dropsFactors: boolean,
): Promise<{ code: string; expiresAt: number }> {
  const code = makeCode('reset')
  const hash = hashOfCode('reset', code, subjectId) ?? ''
  const expiresAt = ctx.now() + limits.resetMs
  await changeKept(ctx.store.credentials, subjectId, (kept) => ({
    next: { ...kept, reset: { hash, expiresAt, triesLeft: limits.resetTries, dropsFactors } },
    answer: null,
  }))
  await record(ctx, { act: 'reset_code_made', subjectId, details: { dropsFactors } })
  return { code, expiresAt }
}

/** Takes the code; what it was, or null when it lets nobody in. */
function byCode(ctx: PublicContext, userId: UserId, code: string): Promise<'recovery' | 'operator' | null> {
  const isLong = code.replaceAll(/[\s.-]/gu, '').length === codeLetters.reset
  return changeKept(ctx.store.credentials, userId, (kept) => {
    if (isLong) {
      const { next, isRight } = takeReset(kept, hashOfCode('reset', code, userId), ctx.now())
      return { next, answer: isRight ? 'operator' : null }
    }
    const next = takeRecovery(kept, hashOfCode('recovery', code, userId))
    return next === null ? { next: kept, answer: null } : { next, answer: 'recovery' }
  })
}

/** @throws PASSWORD_WEAK */
function refuseWeak(ctx: PublicContext, password: string, names: readonly string[]): void {
  const context = [...names, ctx.config.serverName, 'palabre']
  if (isWeakPassword(password, context)) throw new PalabreError('PASSWORD_WEAK')
}
