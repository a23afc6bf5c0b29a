// Pinned messages (PIN-1 … PIN-3). A pin is a system message, and so in the header when it is stored (LOG-6).
import { conversationOf, memberOf, messageOf } from '../core/access.ts'
import type { Handlers } from '../core/handlers.ts'
import { PalabreError } from '@palabre/protocol'

export const pins = {
  async pinMessage(ctx, { conversationId, id, forMs }) {
    const message = await messageOf(ctx, conversationId, id)
    if (message.kind === 'system') throw new PalabreError('MESSAGE_FIXED')
    if (message.deletedAt !== null) throw new PalabreError('MESSAGE_DELETED')
    const until = ctx.now() + forMs
    await ctx.log.append(ctx, {
      conversationId,
      content: { kind: 'system', body: { event: 'message_pinned', messageId: id, until } },
    })
    return { conversation: await conversationOf(ctx, conversationId) }
  },

  async unpinMessage(ctx, { conversationId, id }) {
    await memberOf(ctx, conversationId)
    await ctx.log.append(ctx, {
      conversationId,
      content: { kind: 'system', body: { event: 'message_unpinned', messageId: id } },
    })
    return { conversation: await conversationOf(ctx, conversationId) }
  },
} satisfies Partial<Handlers>
