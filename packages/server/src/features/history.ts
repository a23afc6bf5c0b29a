// The history of a conversation, for devices that verify what they hold: the digests that the store keeps, of what
// the caller may see (DIG-3). What devices report as mended is logged by ids, and counted by the transport.
import { PalabreError, limits } from '@palabre/protocol'
import { reading } from '../core/access.ts'
import type { Handlers } from '../core/handlers.ts'

export const history = {
  async getDigests(ctx, { conversationId, from, before = null, repaired = 0 }) {
    const found = await reading(ctx, conversationId, async ({ fromSeq }) =>
      ctx.store.digests.of(conversationId, {
        from: Math.max(from, fromSeq),
        before,
        limit: limits.digestBlocks,
      }),
    )
    if (found === null) throw new PalabreError('MEMBER_REQUIRED')
    if (repaired > 0) {
      const { requestId, userId, sessionId } = ctx
      ctx.logger.warn(
        { requestId, userId, sessionId, conversationId, repaired },
        'a device has mended its history',
      )
    }
    return { ...found, repaired }
  },
} satisfies Partial<Handlers>
