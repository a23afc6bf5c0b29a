// Finding messages (SRCH-1 … SRCH-4). The store looks through the conversations that one is in; what one may see of
// them is decided by `isVisible`, and whether one still is in them is asked again before anything is answered (MEM-2).
import { z } from 'zod'
import { ConversationId } from '@palabre/protocol'
import { isVisible, memberOf } from '../core/access.ts'
import { openCursor, sealCursor } from '../core/cursor.ts'
import type { Handlers } from '../core/handlers.ts'

const Place = z.tuple([z.int().nonnegative(), ConversationId, z.int().nonnegative()])

export const search = {
  async searchMessages(ctx, input) {
    const { query, conversationId = null, limit } = input
    if (conversationId !== null) await memberOf(ctx, conversationId)
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
      isSeen: (message, joinedSeq) => isVisible({ joinedSeq }, message, ctx.now()),
    })
    const ids = [...new Set(page.found.map(({ message }) => message.conversationId))]
    if (conversationId !== null && !ids.includes(conversationId)) ids.push(conversationId)
    const rows = await Promise.all(ids.map((id) => ctx.store.members.one(id, ctx.userId)))
    const members = new Map(ids.map((id, index) => [id, rows[index] ?? null]))
    // Who was put out while this was read is refused like any stranger.
    if (conversationId !== null && members.get(conversationId) === null) await memberOf(ctx, conversationId)
    const { next } = page
    return {
      hits: page.found.filter(({ message }) => {
        const member = members.get(message.conversationId) ?? null
        return member !== null && isVisible(member, message, ctx.now())
      }),
      cursor: next === null ? null : sealCursor([next.createdAt, next.conversationId, next.seq]),
      isComplete: page.isComplete,
    }
  },
} satisfies Partial<Handlers>
