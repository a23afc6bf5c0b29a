// Conversations: opening a direct one, making a group, the list, one of them, title and description.
// Every change is a system message (LOG-6) and goes through the log.
import { v7 as uuidv7 } from 'uuid'
import { ConversationId, MessageId, type SystemBody, type UserId } from '@palabre/protocol'
import { conversationOf, conversationsOf, memberOf } from '../core/access.ts'
import type { Context } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { needStaying } from '../core/leaving/leaving.ts'
import { asRequest } from '../core/people/direct.ts'
import { firstWords, needAddable } from '../core/people/known.ts'
import { pageByRecency } from '../core/recency.ts'

export const conversations = {
  async createConversation(ctx, input) {
    const ids = {
      id: ConversationId.parse(uuidv7()),
      messageId: MessageId.parse(uuidv7()),
      userId: ctx.userId,
      now: ctx.now(),
    }
    if (input.kind === 'group') await needStaying(ctx, input.memberIds)
    else if (!(await ctx.store.members.areCoMembers(ctx.userId, input.userId)))
      await needStaying(ctx, [input.userId])
    if (input.kind === 'group') await needAddable(ctx, ctx.userId, input.memberIds)
    const way = input.kind === 'direct' ? await wayTo(ctx, input.userId) : 'open'
    const created =
      input.kind === 'direct'
        ? await ctx.store.conversations.createDirect({ ...ids, otherId: input.userId })
        : await ctx.store.conversations.createGroup({
            ...ids,
            title: input.title,
            memberIds: [...new Set(input.memberIds)].filter((id) => id !== ctx.userId),
            opId: input.opId ?? null,
          })
    if (created.isNew && input.kind === 'direct' && way === 'request')
      await asRequest(ctx, input.userId, created.conversationId)
    if (created.isNew) await ctx.log.created(created)
    return { conversation: await conversationOf(ctx, created.conversationId) }
  },

  async listConversations(ctx, { limit, offset, cursor }) {
    const [page, total] = await Promise.all([
      pageByRecency(ctx, { limit, offset: offset ?? 0, cursor }),
      ctx.store.conversations.countOfUser(ctx.userId),
    ])
    return {
      conversations: await conversationsOf(ctx, page.rows),
      total,
      hasMore: page.cursor !== null,
      cursor: page.cursor,
    }
  },

  async getConversation(ctx, { conversationId }) {
    return { conversation: await conversationOf(ctx, conversationId) }
  },

  async updateConversation(ctx, { conversationId, title, description }) {
    await memberOf(ctx, conversationId)
    const bodies: SystemBody[] = []
    if (title !== undefined) bodies.push({ event: 'title_changed', title })
    if (description !== undefined) bodies.push({ event: 'description_changed', description })
    for (const body of bodies) {
      await ctx.log.append(ctx, { conversationId, content: { kind: 'system', body } })
    }
    return { conversation: await conversationOf(ctx, conversationId) }
  },

  async joinConversation(ctx, { conversationId }) {
    await memberOf(ctx, conversationId)
    if (ctx.socketId !== null) ctx.fanout.joinSocket(ctx.socketId, conversationId)
    return {}
  },

  async leaveConversation(ctx, { conversationId }) {
    await memberOf(ctx, conversationId)
    if (ctx.socketId !== null) ctx.fanout.leaveSocket(ctx.socketId, conversationId)
    return {}
  },
} satisfies Partial<Handlers>

/** A conversation that is there stays there, whatever has come between the two. @throws RECIPIENT_UNAVAILABLE */
async function wayTo(ctx: Context, otherId: UserId): Promise<'open' | 'request'> {
  if (otherId === ctx.userId) return 'open'
  const there = await ctx.store.conversations.ofPair(ctx.userId, otherId)
  return there === null ? firstWords(ctx, ctx.userId, otherId) : 'open'
}
