// What the members of a group may do (GRP-1, GRP-2). A right is a system message, and so in the header when it is stored
// (LOG-6); the commit of whatever takes the right looks at it.
import { conversationOf, memberOf } from '../core/access.ts'
import type { Handlers } from '../core/handlers.ts'

export const groups = {
  async setRight(ctx, { conversationId, right, allowed }) {
    await memberOf(ctx, conversationId)
    await ctx.log.append(ctx, {
      conversationId,
      content: { kind: 'system', body: { event: 'right_changed', right, allowed } },
      requires: 'admin',
    })
    return { conversation: await conversationOf(ctx, conversationId) }
  },
} satisfies Partial<Handlers>
