// Sending a message on somebody's behalf: completed, checked, appended (LOG-2). What a person sends now and what they had
// put off goes by here, so that the same is refused to both. Who may, and what a repeat is, is the store's (`LogStore.append`).
import { PalabreError, contentOf, type Message, type ParsedInput, type SentContent } from '@palabre/protocol'
import type { Appended } from '../../store/port/log.ts'
import { isVisible } from '../access.ts'
import type { Services } from '../context.ts'
import { answer, directRules, refusalBetween } from '../people/direct.ts'
import type { Deciding } from '../people/keeping.ts'

/** Who sends; a handler's context is one. */
export type Sender = Deciding & Pick<Services, 'media' | 'log' | 'now'>

/** Stores it and tells the members. @throws why it cannot be sent as new, and is no repeat */
export async function sendAs(
  ctx: Sender,
  input: ParsedInput<'sendMessage'>,
): Promise<Appended & { message: Message }> {
  const { conversationId, id, sentAt } = input
  const sent = { kind: input.kind, body: input.body } as SentContent
  const completed = await completeOf(ctx, sent)
  const two = await directRules(ctx, conversationId)
  const refusal =
    completed.refusal ?? (await refusalBetween(ctx, two, input)) ?? (await refusalOf(ctx, input))
  // What was stored once is answered as stored, whatever has changed since (LOG-2).
  if (refusal !== null && (await ctx.store.log.byId(conversationId, id)) === null) throw refusal
  if (two !== null) await answer(ctx, two)
  const appended = await ctx.log.append(ctx, {
    conversationId,
    id,
    content: completed.content,
    asSent: sent.body,
    replyTo: input.replyTo ?? null,
    mentions: [...new Set(input.mentions)],
    hops: input.hops ?? 0,
    sentAt,
    isPerhapsUnseen: two?.theirs.blocked.has(ctx.userId) === true,
  })
  if (appended.message === null) throw new PalabreError('MESSAGE_NOT_FOUND')
  return { ...appended, message: appended.message }
}

/** The content as the server completes it; of a repeat, whose media may be gone, as it was sent (LOG-2). */
async function completeOf(ctx: Sender, sent: SentContent) {
  try {
    return { content: await ctx.media.complete(ctx.userId, sent), refusal: null }
  } catch (error) {
    if (!(error instanceof PalabreError)) throw error
    return { content: contentOf(sent), refusal: error }
  }
}

/** Why a message cannot be sent as new; null when the store may decide. Reads nothing without a quote. */
async function refusalOf(ctx: Sender, input: ParsedInput<'sendMessage'>): Promise<PalabreError | null> {
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
