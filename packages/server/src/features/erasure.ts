// Deleting an account (ERASE-1 … ERASE-6). The request ends all sessions and writes one row of the ledger; when the grace is
// over, every node comes to that row and does what is left of it, as often as it takes: each step finds what an earlier
// attempt has done, so it may be killed anywhere. What people wrote goes through the log like any other change.
import { limits, PalabreError } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import { isPassword } from '../core/credentials/passwords.ts'
import type { Services } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { erase } from '../core/leaving/erasing.ts'
import { nameHashOf } from '../core/leaving/leaving.ts'

/** Ms between two looks. */
const everyMs = 1_000
const atOnce = 10

export const erasure = {
  async deleteMe(ctx, { password, messages }) {
    const { store, config } = ctx
    const me = await store.users.byId(ctx.userId)
    const known = me === null ? null : await store.users.credentials(me.username)
    const isRight = await isPassword(password, known?.passwordHash ?? null, config.passwordCost)
    if (me === null || !isRight) throw new PalabreError('CREDENTIALS_WRONG')
    // Who runs the server hands that over first; the last one cannot go (OPERATOR_REQUIRED).
    if ((await store.users.roleOf(ctx.userId)) === 'operator') {
      await store.users.setRole(ctx.userId, 'member')
      await record(ctx, { act: 'role_changed', subjectId: ctx.userId, details: { role: 'member' } })
    }
    const now = ctx.now()
    const eraseAt = now + limits.erasureGraceMs
    await store.erasures.request({
      userId: ctx.userId,
      messages,
      requestedAt: now,
      dueAt: eraseAt,
      nameHash: nameHashOf(ctx, me.username),
      nameUntil: eraseAt + limits.usernameHeldMs,
    })
    ctx.cookie?.clear()
    await ctx.tokens.endOthers(ctx.userId, null)
    return { eraseAt }
  },
} satisfies Partial<Handlers>

/** Begins at once: what a restored store brought back is not to stay. Answers how to stop. */
export function startErasures(services: Services): () => void {
  const { store, logger, now } = services
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    try {
      for (const row of await store.erasures.begin(now(), atOnce)) {
        if (isStopped) return
        await erase(services, row, () => isStopped)
      }
    } catch (err) {
      if (!isStopped) logger.warn({ err }, 'an account could not be erased yet: it will be')
    }
    if (!isStopped) timer = setTimeout(() => void look(), everyMs).unref()
  }

  void look()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
