// Reactions: one a person and message. The whole rule is the protocol's `setReaction`.
import { setReaction } from '@palabre/protocol'
import { memberOf } from '../core/access.ts'
import type { Handlers } from '../core/handlers.ts'

export const reactions = {
  async react(ctx, { conversationId, id, emoji, opId }) {
    await memberOf(ctx, conversationId)
    const message = await ctx.log.change(ctx, { conversationId, id, opId }, (before) =>
      setReaction(before, ctx.userId, emoji),
    )
    return { message }
  },
} satisfies Partial<Handlers>
