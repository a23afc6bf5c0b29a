// Opening an account, signing in and out, renewing tokens. What is said to who fails is the same whether the
// username or the password was wrong, and takes as long (SEC-2). Rates are the transport's.
import { createHash, timingSafeEqual } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import {
  PalabreError,
  UserId,
  limits,
  unknownDevice,
  type AccountRole,
  type InviteId,
  type Output,
  type ParsedInput,
  type User,
} from '@palabre/protocol'
import { record } from '../core/audit.ts'
import type { PublicContext } from '../core/context.ts'
import { placeOf } from '../core/network.ts'
import type { Handlers } from '../core/handlers.ts'
import { hashOfCode } from '../core/credentials/codes.ts'
import { ownerOf } from '../core/credentials/passkeys.ts'
import { needFactor, signs } from '../core/credentials/second-factor.ts'
import { hashPassword, isOutdated, isPassword } from '../core/credentials/passwords.ts'
import { isReserved, skeletonOf } from '../core/credentials/usernames.ts'
import { isWeakPassword } from '../core/credentials/weak-passwords.ts'
import { isHeld, stays } from '../core/leaving/leaving.ts'

export const auth = {
  async register(ctx, input) {
    const admission = await admit(ctx, input.invite)
    try {
      return await signUp(ctx, input, admission)
    } catch (error) {
      if (admission.inviteId !== null) await ctx.store.invites.giveBack(admission.inviteId)
      throw error
    }
  },

  async login(ctx, input) {
    const { username, password } = input
    const known = await ctx.store.users.credentials(username)
    const isRight = await isPassword(password, known?.passwordHash ?? null, ctx.config.passwordCost)
    if (known === null || !isRight) throw new PalabreError('CREDENTIALS_WRONG')
    await needFactor(ctx, known.user.id, input.factor)
    if (isOutdated(known.passwordHash, ctx.config.passwordCost)) {
      await ctx.store.users.setPasswordHash(
        known.user.id,
        await hashPassword(password, ctx.config.passwordCost),
      )
    }
    return signIn(ctx, known.user, input)
  },

  async loginWithPasskey(ctx, input) {
    const id = UserId.safeParse(ownerOf(input.assertion))
    const user = id.success ? await ctx.store.users.byId(id.data) : null
    if (user === null || !(await signs(ctx, user.id, input.assertion)))
      throw new PalabreError('PASSKEY_REFUSED')
    await stays(ctx, user.id, false)
    return signIn(ctx, user, input)
  },

  async refresh(ctx, input) {
    const fromBody = input.refreshToken
    const given = fromBody ?? ctx.cookie?.read() ?? null
    if (given === null) throw new PalabreError('REFRESH_INVALID')
    try {
      const { refreshToken, ...tokens } = await ctx.tokens.refresh(given, placeOf(ctx.address))
      const wantsBody = (input.tokens ?? (fromBody === undefined ? 'cookie' : 'body')) === 'body'
      return { ...tokens, ...handOut(ctx, refreshToken, wantsBody) }
    } catch (error) {
      // A passing trouble leaves the cookie for the next attempt.
      if (fromBody === undefined && error instanceof PalabreError && error.retry === 'never')
        ctx.cookie?.clear()
      if (error instanceof PalabreError && error.code === 'REFRESH_REUSED') {
        ctx.logger.warn(
          { code: error.code, requestId: ctx.requestId },
          'a refresh token came back that was replaced',
        )
      }
      throw error
    }
  },

  async logout(ctx) {
    ctx.cookie?.clear()
    await ctx.tokens.end(ctx.sessionId)
    return {}
  },
} satisfies Partial<Handlers>

/** What whoever signs up becomes, and by whose invitation. */
interface Admission {
  role: AccountRole
  invitedBy: UserId | null
  /** A use of it is taken. */
  inviteId: InviteId | null
}

/** @throws REGISTRATION_CLOSED, INVITE_REQUIRED */
async function admit(ctx: PublicContext, invite: string | undefined): Promise<Admission> {
  const { registration, inviteHash } = ctx.config
  const code = invite?.trim() ?? ''
  const nobodys: Admission = { role: 'member', invitedBy: null, inviteId: null }
  if (registration === 'closed') throw new PalabreError('REGISTRATION_CLOSED')
  if (registration === 'open' && code === '') return nobodys
  const given = createHash('sha256').update(code, 'utf8').digest()
  if (inviteHash !== null && timingSafeEqual(given, inviteHash)) return nobodys
  const codeHash = hashOfCode('invite', code)
  const taken = codeHash === null ? null : await ctx.store.invites.take(codeHash, ctx.now())
  // No code, a wrong one, one that is used up and one that is too old look the same: nothing to learn by trying.
  if (taken === null) throw new PalabreError('INVITE_REQUIRED')
  return { role: taken.role, invitedBy: taken.inviterId, inviteId: taken.id }
}

async function signUp(
  ctx: PublicContext,
  input: ParsedInput<'register'>,
  { role, invitedBy }: Admission,
): Promise<Output<'register'>> {
  const { username, password, displayName } = input
  if (isReserved(username)) throw new PalabreError('USERNAME_RESERVED')
  const context = [username, displayName, ctx.config.serverName, 'palabre']
  if (isWeakPassword(password, context)) throw new PalabreError('PASSWORD_WEAK')
  // Asked before the costly part; the store decides, by skeleton.
  if ((await ctx.store.users.byUsername(username)) !== null || (await isHeld(ctx, username)))
    throw new PalabreError('USERNAME_TAKEN')
  const user = await ctx.store.users.create({
    id: UserId.parse(uuidv7()),
    username,
    skeleton: skeletonOf(username),
    displayName,
    passwordHash: await hashPassword(password, ctx.config.passwordCost),
    now: ctx.now(),
    role,
    invitedBy,
  })
  if (role === 'operator') {
    const { store, now } = ctx
    await record(
      { store, now, userId: invitedBy },
      { act: 'role_changed', subjectId: user.id, details: { role } },
    )
  }
  return signIn(ctx, user, input)
}

async function signIn(
  ctx: PublicContext,
  user: User,
  input: Pick<ParsedInput<'login'>, 'deviceName' | 'tokens' | 'stay'>,
): Promise<Output<'login'>> {
  // Whichever way somebody comes in.
  await stays(ctx, user.id, input.stay === true)
  const deviceName = input.deviceName ?? deviceNameOf(ctx.userAgent)
  const { session, tokens } = await ctx.tokens.open(user.id, deviceName, placeOf(ctx.address))
  const { refreshToken, ...access } = tokens
  return {
    user,
    session: { id: session.id, deviceName: session.deviceName, createdAt: session.createdAt },
    ...access,
    ...handOut(ctx, refreshToken, input.tokens === 'body'),
  }
}

/** In the body for who asks so; else in the cookie, where no script sees it. */
function handOut(ctx: PublicContext, refreshToken: string, wantsBody: boolean): { refreshToken?: string } {
  if (wantsBody) return { refreshToken }
  ctx.cookie?.write(refreshToken)
  return {}
}

/** A first guess that people can rename later: "Firefox · Windows". */
function deviceNameOf(userAgent: string): string {
  const browsers = {
    Firefox: /Firefox\//,
    Edge: /Edg\//,
    Opera: /OPR\//,
    Chrome: /Chrome\//,
    Safari: /Safari\//,
  }
  const systems = {
    Android: /Android/,
    iPhone: /iPhone/,
    iPad: /iPad/,
    Windows: /Windows/,
    Mac: /Macintosh/,
    Linux: /Linux/,
  }
  const found = (table: Record<string, RegExp>) =>
    Object.keys(table).find((name) => table[name]?.test(userAgent) === true)
  const named = [found(browsers), found(systems)].filter((name) => name !== undefined).join(' · ')
  return (named === '' ? unknownDevice : named).slice(0, limits.deviceNameLength)
}
