// Finding messages (SRCH-1 … SRCH-4). The store looks through the conversations that one is in; what one may see of
// them is decided by `isSeen`, and whether one still is in them is asked again before anything is answered (MEM-2).
import { z } from 'zod'
import { ConversationId } from '@palabre/protocol'
import { isSeen, isVisible, viewing, type Viewer } from '../core/access.ts'
import type { Context } from '../core/context.ts'
import { openCursor, sealCursor } from '../core/cursor.ts'
import type { Handlers } from '../core/handlers.ts'
import { keptBy } from '../core/keeping.ts'
import { viewerOf } from '../core/visibility.ts'

const Place = z.tuple([z.int().nonnegative(), ConversationId, z.int().nonnegative()])

export const search = {
  async searchMessages(ctx, input) {
    const { query, conversationId = null, limit } = input
    const only = conversationId === null ? null : await viewing(ctx, conversationId)
    const place = input.cursor === undefined ? null : openCursor(Place, input.cursor)
    const page = await ctx.store.search.find({
      userId: ctx.userId,
      conversationId,
      query,
      from: input.from ?? null,
      kind: input.kind ?? null,
      before: input.before ?? null,
      after: input.after ?? null,
      below: place === null ? null : { createdAt: place[0], conversationId: place[1], seq: place[2] },
      limit,
      // Over all conversations, what one has cleared or hidden is left out afterwards: the page is short then.
      isSeen: (message, joinedSeq) =>
        only === null ? isVisible({ joinedSeq }, message, ctx.now()) : isSeen(only, message, ctx.now()),
    })
    const ids = new Set(page.found.map(({ message }) => message.conversationId))
    const viewers = await viewersNow(ctx, [...ids])
    // Who was put out while this was read is refused like any stranger.
    if (conversationId !== null && !ids.has(conversationId)) await viewing(ctx, conversationId)
    const { next } = page
    return {
      hits: page.found.filter(({ message }) => {
        const viewer = viewers.get(message.conversationId)
        return viewer !== undefined && isSeen(viewer, message, ctx.now())
      }),
      cursor: next === null ? null : sealCursor([next.createdAt, next.conversationId, next.seq]),
      isComplete: page.isComplete,
    }
  },
} satisfies Partial<Handlers>

/** Asked of the store again: nothing that was committed after somebody was removed is answered (MEM-2). */
async function viewersNow(ctx: Context, ids: ConversationId[]): Promise<Map<ConversationId, Viewer>> {
  const viewers = new Map<ConversationId, Viewer>()
  await Promise.all(
    ids.map(async (id) => {
      const kept = await keptBy(ctx.store, ctx.userId, id)
      const member = await ctx.store.members.one(id, ctx.userId)
      if (member !== null) viewers.set(id, viewerOf(member, kept))
    }),
  )
  return viewers
}
