// Polls: votes, and their end (POLL-2, POLL-3). The whole rule is the protocol's `castVote` and `closePollBody`.
import { castVote, closePollBody, hasRole } from '@palabre/protocol'
import { memberOf } from '../core/access.ts'
import type { Handlers } from '../core/handlers.ts'

export const polls = {
  async votePoll(ctx, { conversationId, id, choices, opId }) {
    await memberOf(ctx, conversationId)
    const message = await ctx.log.change(ctx, { conversationId, id, opId }, (before) =>
      castVote(before, ctx.userId, choices),
    )
    return { message }
  },

  async closePoll(ctx, { conversationId, id, opId }) {
    const me = await memberOf(ctx, conversationId)
    const by = { userId: ctx.userId, isModerator: hasRole(me.role, 'admin'), now: ctx.now() }
    const message = await ctx.log.change(ctx, { conversationId, id, opId }, (before) =>
      closePollBody(before, by),
    )
    return { message }
  },
} satisfies Partial<Handlers>
