// Messages: sending, editing, deleting, history. The rules of a change are the protocol's pure functions,
// run inside the log's commit; what may be read is decided by `core/access.ts`.
import { z } from 'zod'
import {
  MessageId,
  PalabreError,
  deleteBody,
  editBody,
  hasRole,
  type ConversationId,
  type Message,
  type ParsedInput,
} from '@palabre/protocol'
import {
  isSeen,
  memberOf,
  messageOf,
  needRight,
  reading,
  shownTo,
  viewing,
  type Viewer,
} from '../core/access.ts'
import type { Context } from '../core/context.ts'
import { openCursor, sealCursor } from '../core/cursor.ts'
import type { Handlers } from '../core/handlers.ts'
import { keptBy } from '../core/keeping.ts'
import { sendAs } from '../core/sending/sending.ts'
import { viewerOf } from '../core/visibility.ts'
import { directRules } from '../core/people/direct.ts'

const Place = z.tuple([z.int(), MessageId])

export const messages = {
  async sendMessage(ctx, input) {
    const { conversationId, id } = input
    const { message, outcome, isFormerMember } = await sendAs(ctx, input)
    if (isFormerMember) return { duplicate: true, receipt: { id, seq: message.seq } }
    if (outcome !== 'repeat') return { message }
    const [shown] = shownTo(await viewing(ctx, conversationId), [message], ctx.now())
    if (shown === undefined) return { duplicate: true, receipt: { id, seq: message.seq } }
    return { message: shown, duplicate: true }
  },

  async editMessage(ctx, { conversationId, id, body, bodyRev, opId }) {
    await needRight(ctx, conversationId, 'send')
    // Nothing new reaches who has blocked one, not even by what is there already.
    const two = await directRules(ctx, conversationId)
    if (two?.theirs.blocked.has(ctx.userId) === true) throw new PalabreError('EDIT_WINDOW_CLOSED')
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
