// Messages: sending, editing, deleting, history. The rules of a change are the protocol's pure functions,
// run inside the log's commit; what may be read is decided by `core/access.ts`.
import { z } from 'zod'
import {
  MessageId,
  PalabreError,
  contentOf,
  deleteBody,
  editBody,
  hasRole,
  type ConversationId,
  type Message,
  type ParsedInput,
  type SentContent,
} from '@palabre/protocol'
import {
  isSeen,
  isVisible,
  memberOf,
  messageOf,
  reading,
  shownTo,
  viewing,
  type Viewer,
} from '../core/access.ts'
import type { Context } from '../core/context.ts'
import { openCursor, sealCursor } from '../core/cursor.ts'
import type { Handlers } from '../core/handlers.ts'
import { keptBy } from '../core/keeping.ts'
import { viewerOf } from '../core/visibility.ts'

const Place = z.tuple([z.int(), MessageId])

export const messages = {
  async sendMessage(ctx, input) {
    const { conversationId, id, sentAt } = input
    const sent = { kind: input.kind, body: input.body } as SentContent
    const completed = await completeOf(ctx, sent)
    const refusal = completed.refusal ?? (await refusalOf(ctx, input))
    // What was stored once is answered as stored, whatever has changed since (LOG-2).
    if (refusal !== null && (await ctx.store.log.byId(conversationId, id)) === null) throw refusal
    const appended = await ctx.log.append(ctx, {
      conversationId,
      id,
      content: completed.content,
      asSent: sent.body,
      replyTo: input.replyTo ?? null,
      mentions: [...new Set(input.mentions)],
      hops: input.hops ?? 0,
      sentAt,
    })
    const { message, outcome, isFormerMember } = appended
    if (message === null) throw new PalabreError('MESSAGE_NOT_FOUND')
    if (isFormerMember) return { duplicate: true, receipt: { id, seq: message.seq } }
    if (outcome !== 'repeat') return { message }
    const [shown] = shownTo(await viewing(ctx, conversationId), [message], ctx.now())
    if (shown === undefined) return { duplicate: true, receipt: { id, seq: message.seq } }
    return { message: shown, duplicate: true }
  },

  async editMessage(ctx, { conversationId, id, body, bodyRev, opId }) {
    await memberOf(ctx, conversationId)
    const message = await ctx.log.change(ctx, { conversationId, id, opId, movesBody: true }, (before) =>
      editBody(before, { userId: ctx.userId, body, bodyRev, now: ctx.now() }),
    )
    return { message }
  },

  async deleteMessage(ctx, { conversationId, id, opId }) {
    const me = await memberOf(ctx, conversationId)
    // In a direct conversation nobody is more than a member.
    const isModerator = hasRole(me.role, 'admin')
    const message = await ctx.log.change(ctx, { conversationId, id, opId, movesBody: true }, (before) =>
      deleteBody(before, { userId: ctx.userId, isModerator, now: ctx.now() }),
    )
    return { message }
  },

  async getMessage(ctx, { conversationId, id }) {
    return { message: await messageOf(ctx, conversationId, id) }
  },

  async listMessages(ctx, input) {
    const { conversationId } = input
    return reading(ctx, conversationId, async (viewer) => {
      const page = await pageOf(ctx, input, viewer.fromSeq)
      return { ...page, messages: shownTo(viewer, page.messages, ctx.now()) }
    })
  },

  async messagesSince(ctx, { timestamp, cursor, limit }) {
    const from = cursor === undefined ? null : openCursor(Place, cursor)
    const place = from === null ? null : { createdAt: from[0], id: from[1] }
    const found = await ctx.store.log.createdSince(ctx.userId, timestamp, place, limit + 1)
    const page = found.slice(0, limit)
    const last = page.at(-1)
    return {
      messages: await stillTheirs(ctx, page),
      cursor: found.length > limit && last !== undefined ? sealCursor([last.createdAt, last.id]) : null,
    }
  },
} satisfies Partial<Handlers>

/** The content as the server completes it; of a repeat, whose media may be gone, as it was sent (LOG-2). */
async function completeOf(ctx: Context, sent: SentContent) {
  try {
    return { content: await ctx.media.complete(ctx.userId, sent), refusal: null }
  } catch (error) {
    if (!(error instanceof PalabreError)) throw error
    return { content: contentOf(sent), refusal: error }
  }
}

/** Why a message cannot be sent as new; null when the store may decide. Reads nothing without a quote. */
async function refusalOf(ctx: Context, input: ParsedInput<'sendMessage'>): Promise<PalabreError | null> {
  const { conversationId, replyTo, mentions = [] } = input
  if ((replyTo ?? null) === null && mentions.length === 0) return null
  const view = await ctx.memberships.view(conversationId)
  const me = view?.members.get(ctx.userId)
  if (view === null || me === undefined) return null
  if (mentions.some((userId) => !view.members.has(userId))) return new PalabreError('MEMBER_NOT_FOUND')
  if (replyTo === null || replyTo === undefined) return null
  const quoted = await ctx.store.log.byId(conversationId, replyTo)
  const isQuotable = quoted !== null && isVisible(me, quoted, ctx.now())
  return isQuotable ? null : new PalabreError('MESSAGE_NOT_FOUND', { details: { path: 'replyTo' } })
}

/** `seq` has no hole (P3), so whether there is more follows from one row beyond the page. */
async function pageOf(ctx: Context, input: ParsedInput<'listMessages'>, fromSeq: number) {
  const { conversationId, limit } = input
  const { log } = ctx.store
  if (input.after !== undefined) {
    const found = await log.after(conversationId, input.after, fromSeq, limit + 1)
    return {
      messages: found.slice(0, limit),
      hasBefore: input.after >= fromSeq,
      hasAfter: found.length > limit,
    }
  }
  if (input.around !== undefined) {
    const older = Math.floor(limit / 2)
    const newer = limit - older
    const [before, after] = await Promise.all([
      log.before(conversationId, input.around, fromSeq, older + 1),
      log.after(conversationId, input.around - 1, fromSeq, newer + 1),
    ])
    return {
      messages: [...(before.length > older ? before.slice(1) : before), ...after.slice(0, newer)],
      hasBefore: before.length > older,
      hasAfter: after.length > newer,
    }
  }
  const { before = null } = input
  // With the message at `before` itself, when there is one: then something follows the page.
  const extra = before === null ? 1 : 2
  const found = await log.before(conversationId, before === null ? null : before + 1, fromSeq, limit + extra)
  const hasAfter = before !== null && found.at(-1)?.seq === before
  const page = hasAfter ? found.slice(0, -1) : found
  return { messages: page.slice(-limit), hasBefore: page.length > limit, hasAfter }
}

/** Leaves out what belongs to a conversation that was left while this was read (MEM-2). */
async function stillTheirs(ctx: Context, page: Message[]): Promise<Message[]> {
  const ids = [...new Set(page.map((message) => message.conversationId))]
  const viewers = new Map<ConversationId, Viewer>()
  await Promise.all(
    ids.map(async (id) => {
      const kept = await keptBy(ctx.store, ctx.userId, id)
      const member = await ctx.store.members.one(id, ctx.userId)
      if (member !== null) viewers.set(id, viewerOf(member, kept))
    }),
  )
  return page.filter((message) => {
    const viewer = viewers.get(message.conversationId)
    return viewer !== undefined && isSeen(viewer, message, ctx.now())
  })
}
