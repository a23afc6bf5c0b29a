// Receipts: moving one's own marks (REC-1) and asking who has got a message and who has read it.
// The ticks of the others follow in `core/marks.ts` (REC-2).
import { PalabreError, type ConversationId, type Marks, type UserId } from '@palabre/protocol'
import { isSeen, memberOf, reading } from '../core/access.ts'
import { unreadOf } from '../core/assembly.ts'
import type { Context } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { directWith } from '../store/port/members.ts'

export const receipts = {
  async markDelivered(ctx, { conversationId, seq }) {
    return { marks: await move(ctx, conversationId, { deliveredSeq: seq }) }
  },

  async markRead(ctx, { conversationId, seq }) {
    // What has been read has reached a device.
    return { marks: await move(ctx, conversationId, { deliveredSeq: seq, readSeq: seq }) }
  },

  /** Each other member who may see the message is in one of the three: read, got but not read, neither. */
  async listReceipts(ctx, { conversationId, seq }) {
    return reading(ctx, conversationId, async (viewer) => {
      const [message] = await ctx.store.log.before(conversationId, seq + 1, viewer.fromSeq, 1)
      if (message?.seq !== seq || !isSeen(viewer, message, ctx.now()))
        throw new PalabreError('MESSAGE_NOT_FOUND')
      const [view, marks, told] = await Promise.all([
        ctx.memberships.view(conversationId),
        ctx.marks.of(conversationId),
        ctx.marks.others(conversationId, ctx.userId),
      ])
      const isDirect = view !== null && directWith(view.members, ctx.userId) !== null
      const read: UserId[] = []
      const delivered: UserId[] = []
      const waiting: UserId[] = []
      for (const { userId, joinedSeq } of view?.members.values() ?? []) {
        if (userId === message.senderId || joinedSeq > seq) continue
        // Of one other person no more is said here than by their ticks.
        const isTheirs = isDirect && userId !== ctx.userId
        const mark = isTheirs ? told : (marks.get(userId) ?? { deliveredSeq: 0, readSeq: 0 })
        if ((mark.readSeq ?? 0) >= seq) read.push(userId)
        else if (mark.deliveredSeq >= seq) delivered.push(userId)
        else waiting.push(userId)
      }
      return { delivered, read, waiting }
    })
  },
} satisfies Partial<Handlers>

async function move(
  ctx: Context,
  conversationId: ConversationId,
  patch: { deliveredSeq?: number; readSeq?: number },
): Promise<Marks> {
  const me = await memberOf(ctx, conversationId)
  const before = (await ctx.marks.of(conversationId)).get(ctx.userId)
  if (patch.readSeq !== undefined) ctx.pushes.readHere(ctx.sessionId, conversationId)
  const moved = await ctx.marks.set(conversationId, ctx.userId, patch)
  if (moved === null) throw new PalabreError('MEMBER_REQUIRED')
  const { deliveredSeq, readSeq } = moved.marks
  const from = Math.max(readSeq, me.joinedSeq)
  const unread = await unreadOf(ctx.store, conversationId, ctx.userId, from)
  // A later mark may have overtaken this one while the store counted: that one is told, or this would be the last word.
  const now = (await ctx.marks.of(conversationId)).get(ctx.userId)
  const isOvertaken = now !== undefined && now.readSeq > readSeq
  if (!isOvertaken && (before === undefined || before.readSeq < readSeq)) {
    const notice = { event: 'marks' as const, conversationId, deliveredSeq, readSeq, ...unread }
    ctx.fanout.notifyUser(ctx.userId, notice)
  }
  return { deliveredSeq, readSeq, ...unread, others: await ctx.marks.others(conversationId, ctx.userId) }
}
