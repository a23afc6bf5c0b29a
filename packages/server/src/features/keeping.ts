// What one keeps for oneself (KEEP-1 … KEEP-9): each change becomes one entry of the account's log, and one's own
// devices are told. Whatever it is about must be one's own to see. What follows from it is read where it matters.
import { z } from 'zod'
import {
  ConversationId,
  MessageId,
  PalabreError,
  keyOfChange,
  limits,
  scheduleKey,
  scheduleOf,
  schedulePrefix,
  starKey,
  starPrefix,
  messageOfKey,
  type AccountEntry,
  type AccountValue,
  type KeepChange,
  type Message,
} from '@palabre/protocol'
import { memberOf, messageOf, viewing } from '../core/access.ts'
import { unreadOf } from '../core/assembly.ts'
import type { Context } from '../core/context.ts'
import { openCursor, sealCursor } from '../core/cursor.ts'
import type { Handlers } from '../core/handlers.ts'
import { isAboutPeople, keepPeople, type PeopleChange } from '../core/people/keeping.ts'

/** The place of the last message told, in the order of the list. */
const Place = z.tuple([z.literal('starred'), z.int(), MessageId])

export const keeping = {
  async keep(ctx, { change }) {
    // A device whose clock is ahead must not win for ever (KEEP-1).
    const at = Math.min(change.at, ctx.now())
    if (isAboutPeople(change)) return { entry: await keepPeople(ctx, change, at) }
    const value = await valueOf(ctx, change, at)
    const entry = value === null ? null : await ctx.store.account.put(ctx.userId, keyOfChange(change), value)
    if (entry === null) return { entry }
    ctx.fanout.toUser(ctx.userId, 'account_updated', { rev: entry.rev, entry })
    if (change.keep === 'clear' || change.keep === 'hide') await tellUnread(ctx, change.conversationId)
    return { entry }
  },

  async listStarred(ctx, { limit, cursor }) {
    const from = cursor === undefined ? null : openCursor(Place, cursor)
    const stars = (await ctx.store.account.under(ctx.userId, starPrefix)).flatMap(starOf)
    stars.sort((a, b) => b.sentAt - a.sentAt || (a.id < b.id ? 1 : -1))
    const after = stars.filter((star) => from === null || isAfter(star, from[1], from[2]))
    const page = after.slice(0, limit)
    const found = await Promise.all(
      page.map(({ conversationId, id }) => seenMessage(ctx, conversationId, id)),
    )
    const last = page.at(-1)
    return {
      messages: found.filter((message) => message !== null),
      cursor: after.length > limit && last ? sealCursor(['starred', last.sentAt, last.id]) : null,
    }
  },
} satisfies Partial<Handlers>

/** What is to be kept; null: it is so already. @throws what tells that it is not the caller's */
async function valueOf(
  ctx: Context,
  change: Exclude<KeepChange, PeopleChange>,
  at: number,
): Promise<AccountValue | null> {
  switch (change.keep) {
    case 'name':
      return nameOf(ctx, change.userId, change.name, at)
    case 'star': {
      if (!change.isStarred) {
        // Whoever takes a star away needs not see the message any more.
        const [held] = await ctx.store.account.under(ctx.userId, starKey(change.conversationId, change.id))
        return held === undefined ? null : { at, isStarred: false, sentAt: 0 }
      }
      const message = await messageOf(ctx, change.conversationId, change.id)
      if (message.kind === 'system') throw new PalabreError('MESSAGE_FIXED')
      return { at, isStarred: true, sentAt: message.createdAt }
    }
    case 'schedule':
      return scheduledOf(ctx, { ...change, at })
    case 'hide': {
      const message = await messageOf(ctx, change.conversationId, change.id).catch((error: unknown) => {
        // Of one's own doing: said twice is done once.
        if (isHiddenOrGone(error)) return null
        throw error
      })
      if (message === null) return hiddenAlready(ctx, change)
      if (message.kind === 'system') throw new PalabreError('MESSAGE_FIXED')
      return { at, hiddenSeq: message.seq }
    }
  }
  const viewer = await viewing(ctx, change.conversationId)
  switch (change.keep) {
    case 'pin':
      return { at, isPinned: change.isPinned }
    case 'mute':
      return { at, mutedUntil: change.mutedUntil }
    case 'archive':
      return { at, archivedSeq: change.seq === null ? null : await upTo(ctx, change, change.seq) }
    case 'unread':
      return { at, isMarkedUnread: change.isMarkedUnread }
    case 'draft':
      return { at, text: change.text, replyTo: change.replyTo }
    case 'clear': {
      const row = await ctx.store.conversations.byId(change.conversationId)
      // A group is left first: it would come back with every word of the others.
      if (change.isDeleted && row?.header.kind !== 'direct') throw new PalabreError('LEAVE_REQUIRED')
      const clearedSeq = Math.min(change.seq, row?.lastSeq ?? 0)
      if (clearedSeq < viewer.kept.clearedSeq) return null
      return { at, clearedSeq, isDeleted: change.isDeleted }
    }
  }
}

/** What is to be sent later; whether it may be is asked again at its time (SCH-2). */
async function scheduledOf(ctx: Context, change: Extract<KeepChange, { keep: 'schedule' }>) {
  const { conversationId, id, message } = change
  const { account, log } = ctx.store
  const key = scheduleKey(conversationId, id)
  const all = await account.under(ctx.userId, schedulePrefix)
  if (message === null) return all.some((entry) => entry.key === key) ? scheduleOf(change) : null
  await memberOf(ctx, conversationId)
  if (message.sendAt > ctx.now() + limits.scheduleMs)
    throw new PalabreError('INVALID', { details: { path: 'change.message.sendAt' } })
  // It has been sent, or is somebody else's.
  if ((await log.byId(conversationId, id)) !== null) throw new PalabreError('MESSAGE_ID_CONFLICT')
  const others = all.filter(
    ({ key: other, value }) => other !== key && value && 'sendAt' in value && value.sendAt !== null,
  )
  if (others.length >= limits.scheduled) throw new PalabreError('SCHEDULE_FULL')
  return scheduleOf(change)
}

/** Numbers that are beyond what there is would hide what is yet to come. */
async function upTo(ctx: Context, { conversationId }: { conversationId: ConversationId }, seq: number) {
  const row = await ctx.store.conversations.byId(conversationId)
  return Math.min(seq, row?.lastSeq ?? 0)
}

/** Nothing to do where it is hidden; else it was never theirs to see. */
async function hiddenAlready(ctx: Context, change: { conversationId: ConversationId; id: MessageId }) {
  const { kept } = await viewing(ctx, change.conversationId)
  if (kept.hidden.has(change.id)) return null
  throw new PalabreError('MESSAGE_NOT_FOUND')
}

function isHiddenOrGone(error: unknown): boolean {
  return error instanceof PalabreError && error.code === 'MESSAGE_NOT_FOUND'
}

async function nameOf(ctx: Context, userId: AccountName['userId'], name: string | null, at: number) {
  const user = await ctx.store.users.byId(userId)
  if (user === null || userId === ctx.userId) throw new PalabreError('USER_NOT_FOUND')
  const [held] = await ctx.store.account.under(ctx.userId, `contact:${userId}`)
  const value = held?.value
  // Nobody is kept for having their own name back.
  if (name === null && (value === undefined || value === null)) return null
  const addedAt = value && 'addedAt' in value ? value.addedAt : at
  return { userId, addedAt, at, ...(name !== null && { name }) }
}
type AccountName = Extract<KeepChange, { keep: 'name' }>

/** What is cleared or hidden counts no more, on any device; those that do not hold it cannot compute that (REC-3). */
async function tellUnread(ctx: Context, conversationId: ConversationId): Promise<void> {
  const me = await memberOf(ctx, conversationId)
  const marks = (await ctx.marks.of(conversationId)).get(ctx.userId)
  if (marks === undefined) return
  const { deliveredSeq, readSeq } = marks
  const from = Math.max(readSeq, me.joinedSeq)
  const unread = await unreadOf(ctx.store, conversationId, ctx.userId, from)
  ctx.fanout.notifyUser(ctx.userId, { event: 'marks', conversationId, deliveredSeq, readSeq, ...unread })
}

interface Star {
  conversationId: ConversationId
  id: MessageId
  sentAt: number
}

function starOf({ key, value }: AccountEntry): Star[] {
  if (value === null || !('isStarred' in value) || !value.isStarred) return []
  return [{ ...messageOfKey(key), sentAt: value.sentAt }]
}

function isAfter(star: Star, sentAt: number, id: MessageId): boolean {
  return star.sentAt < sentAt || (star.sentAt === sentAt && star.id < id)
}

/** Null where it is not theirs to see any more, or was deleted. */
async function seenMessage(
  ctx: Context,
  conversationId: ConversationId,
  id: MessageId,
): Promise<Message | null> {
  try {
    const message = await messageOf(ctx, conversationId, id)
    return message.deletedAt === null ? message : null
  } catch (error) {
    if (error instanceof PalabreError && error.retry === 'never') return null
    throw error
  }
}
