// What stands between the two of a direct conversation when one of them writes (BLK-1, BLK-2, REQ-1 … REQ-4): a block, which
// who is blocked never hears of; or that one of them has not answered the other's first words yet.
import {
  PalabreError,
  limits,
  requestKey,
  type ConversationId,
  type ParsedInput,
  type Rules,
  type UserId,
} from '@palabre/protocol'
import { directWith } from '../../store/port/members.ts'
import type { Context } from '../context.ts'
import { acceptRequest, type Deciding } from './keeping.ts'

export interface Two {
  otherId: UserId
  mine: Rules
  theirs: Rules
}

/** Null: not a direct conversation, or not the caller's. */
export async function directRules(ctx: Deciding, conversationId: ConversationId): Promise<Two | null> {
  const view = await ctx.memberships.view(conversationId)
  const otherId = view?.members.has(ctx.userId) === true ? directWith(view.members, ctx.userId) : null
  if (otherId === null) return null
  const [mine, theirs] = await Promise.all([ctx.rules.of(ctx.userId), ctx.rules.of(otherId)])
  return { otherId, mine, theirs }
}

/** Why a message cannot be sent; null: it can, though perhaps it will never be told. */
export async function refusalBetween(
  ctx: Deciding,
  two: Two | null,
  { conversationId, kind }: ParsedInput<'sendMessage'>,
): Promise<PalabreError | null> {
  if (two === null) return null
  if (two.mine.blocked.has(two.otherId)) return new PalabreError('RECIPIENT_UNAVAILABLE')
  if (!two.theirs.requests.has(ctx.userId)) return null
  const row = await ctx.store.conversations.byId(conversationId)
  // The first message of all is that the conversation was begun.
  const isFull = (row?.lastSeq ?? 0) > limits.requestMessages
  return kind !== 'text' || isFull ? new PalabreError('REQUEST_PENDING') : null
}

/** Whoever writes back has answered. */
export async function answer(ctx: Deciding & { now(): number }, { otherId, mine }: Two): Promise<void> {
  if (mine.requests.has(otherId)) await acceptRequest(ctx, otherId, ctx.now())
}

/** Before anybody is told of the conversation: it waits for an answer of `toId`. */
export async function asRequest(ctx: Context, toId: UserId, conversationId: ConversationId): Promise<void> {
  const value = { at: ctx.now(), conversationId, isAnswered: false }
  const entry = await ctx.store.account.put(toId, requestKey(ctx.userId), value)
  ctx.rules.changed(toId)
  if (entry !== null) ctx.fanout.toUser(toId, 'account_updated', { rev: entry.rev, entry })
}
