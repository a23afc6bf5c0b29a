// Who is about to go (ERASE-1, ERASE-2): signing in takes it back only when one says so, nobody new finds them meanwhile, and
// their username stays theirs for a while afterwards, kept as what nobody can read.
import { createHmac } from 'node:crypto'
import { PalabreError, type User, type UserId } from '@palabre/protocol'
import { skeletonOf } from '../credentials/usernames.ts'
import type { Services } from '../context.ts'
import { whySuspended } from '../reporting/notices.ts'

type Asking = Pick<Services, 'store' | 'config' | 'now'>

/** Look-alikes have the same one (SECURITY §5.4). */
export function nameHashOf({ config }: Pick<Asking, 'config'>, username: string): string {
  return createHmac('sha256', config.refreshKey)
    .update(`username ${skeletonOf(username)}`)
    .digest('base64url')
}

/** Whether a username was somebody's who is gone, not long enough ago. */
export async function isHeld(ctx: Asking, username: string): Promise<boolean> {
  return ctx.store.erasures.isNameHeld(nameHashOf(ctx, username), ctx.now())
}

/**
 * To be asked of whoever has just proved to be that person.
 * @throws ACCOUNT_SUSPENDED · ACCOUNT_LEAVING unless they want to stay · CREDENTIALS_WRONG when it is too late
 */
export async function stays(ctx: Asking, userId: UserId, wantsToStay: boolean): Promise<void> {
  if ((await ctx.store.overview.suspendedAt(userId)) !== null)
    throw new PalabreError('ACCOUNT_SUSPENDED', { details: await whySuspended(ctx, userId) })
  const leaving = await ctx.store.erasures.of(userId)
  if (leaving === null) return
  if (leaving.state !== 'waiting') throw new PalabreError('CREDENTIALS_WRONG')
  if (!wantsToStay) throw new PalabreError('ACCOUNT_LEAVING', { details: { eraseAt: leaving.dueAt } })
  if (!(await ctx.store.erasures.cancel(userId))) throw new PalabreError('CREDENTIALS_WRONG')
}

/** @throws USER_NOT_FOUND when one of them is about to go, or gone */
export async function needStaying(ctx: Pick<Asking, 'store'>, userIds: readonly UserId[]): Promise<void> {
  if ((await ctx.store.erasures.among(userIds)).length > 0) throw new PalabreError('USER_NOT_FOUND')
}

export async function isLeaving(ctx: Pick<Asking, 'store'>, userId: UserId): Promise<boolean> {
  return (await ctx.store.erasures.of(userId)) !== null
}

export async function withoutLeaving(ctx: Pick<Asking, 'store'>, users: User[]): Promise<User[]> {
  const leaving = new Set(await ctx.store.erasures.among(users.map(({ id }) => id)))
  return leaving.size === 0 ? users : users.filter(({ id }) => !leaving.has(id))
}
