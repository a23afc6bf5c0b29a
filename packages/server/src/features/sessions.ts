// Signed-in devices: listing them and signing them out, with immediate effect on their sockets.
import { PalabreError } from '@palabre/protocol'
import type { Services } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'

/** Ends of sessions are days away: an hour late is soon enough. */
const sweepEveryMs = 60 * 60_000

export const sessions = {
  async listSessions(ctx) {
    const rows = await ctx.store.sessions.ofUser(ctx.userId)
    return {
      sessions: rows.map(({ id, deviceName, createdAt, lastUsedAt }) => {
        return { id, deviceName, createdAt, lastUsedAt, current: id === ctx.sessionId }
      }),
    }
  },

  async endSession(ctx, { sessionId }) {
    const row = await ctx.store.sessions.byId(sessionId)
    // Someone else's session and one that does not exist look the same (SEC-9).
    if (row === null || row.userId !== ctx.userId) throw new PalabreError('SESSION_NOT_FOUND')
    if (sessionId === ctx.sessionId) ctx.cookie?.clear()
    await ctx.tokens.end(sessionId)
    return {}
  },

  async endOtherSessions(ctx) {
    return { ended: await ctx.tokens.endOthers(ctx.userId, ctx.sessionId) }
  },
} satisfies Partial<Handlers>

/** Ends now and then what nobody has used for long, or what is too old. Answers how to stop. */
export function startSessions({ tokens, logger }: Services): () => void {
  const sweep = () => {
    tokens.sweep().catch((err: unknown) => logger.error({ err }, 'old sessions could not be ended'))
  }
  sweep()
  const timer = setInterval(sweep, sweepEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}
