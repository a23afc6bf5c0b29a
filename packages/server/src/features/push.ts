// Where a device is told by push, and a push to try it with. Who is told of what is `core/push/pushes.ts`.
import { PalabreError } from '@palabre/protocol'
import type { Handlers } from '../core/handlers.ts'

export const push = {
  async getPush(ctx) {
    const target = await ctx.store.sessions.push(ctx.sessionId)
    const { publicKey } = ctx.pushes
    if (target === null) return { publicKey, subscription: null }
    const { endpoint, preview, language } = target
    return { publicKey, subscription: { endpoint, preview, language } }
  },

  async subscribePush(ctx, target) {
    if (!ctx.pushes.isAllowed(target.endpoint)) throw new PalabreError('PUSH_SERVICE_UNKNOWN')
    await ctx.store.sessions.setPush(ctx.sessionId, target)
    // Whoever had this browser before is asked about anew as well.
    ctx.pushes.changed()
    return {}
  },

  async unsubscribePush(ctx) {
    await ctx.store.sessions.setPush(ctx.sessionId, null)
    ctx.pushes.changed()
    return {}
  },

  async testPush(ctx, { testId }) {
    const target = await ctx.store.sessions.push(ctx.sessionId)
    if (target === null) throw new PalabreError('PUSH_NOT_SUBSCRIBED')
    const { outcome, status } = await ctx.pushes.test(ctx.sessionId, target, testId)
    return { outcome, status }
  },
} satisfies Partial<Handlers>
