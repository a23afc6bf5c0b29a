// Who runs the server: roles, proving who one is, and the record of what was done (ACC-1 … ACC-4). That an operation is
// an operator's, or needs a proof, is said in the table and kept by `perform`.
import { PalabreError, limits } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import { hasPasskeys } from '../core/credentials/passkeys.ts'
import { isPassword } from '../core/credentials/passwords.ts'
import type { Handlers } from '../core/handlers.ts'

export const accounts = {
  async getServer({ config, store }) {
    const { serverName: name, registration } = config
    return { name, registration, isNew: await store.users.isEmpty(), hasPasskeys: hasPasskeys(config) }
  },

  async prove(ctx, { password }) {
    const { config, store } = ctx
    const user = await store.users.byId(ctx.userId)
    const known = user === null ? null : await store.users.credentials(user.username)
    const isRight = await isPassword(password, known?.passwordHash ?? null, config.passwordCost)
    if (!isRight) throw new PalabreError('PASSWORD_WRONG')
    const now = ctx.now()
    await store.sessions.prove(ctx.sessionId, now)
    return { until: now + limits.proofMs }
  },

  async setAccountRole(ctx, { userId, role }) {
    const before = await ctx.store.users.roleOf(userId)
    if (before === role) return { role }
    await ctx.store.users.setRole(userId, role)
    await record(ctx, { act: 'role_changed', subjectId: userId, details: { role } })
    return { role }
  },

  async listAudit(ctx, { before = null, limit }) {
    return { entries: await ctx.store.audit.list({ before, limit }) }
  },
} satisfies Partial<Handlers>
