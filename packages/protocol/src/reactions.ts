// Reactions: one a person and message, as in WhatsApp.
import { z } from 'zod'
import { PalabreError } from './errors.ts'
import { ConversationId, MessageId, OpId, type UserId } from './ids.ts'
import { limits } from './limits.ts'
import { Message } from './messages.ts'
import { operation } from './operation.ts'

const oneGrapheme = (value: string) =>
  [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(value)].length === 1

/** One grapheme that is an emoji, at most 32 bytes. */
export const Emoji = z
  .string()
  .min(1)
  .max(limits.emojiBytes)
  .refine(
    (value) =>
      new TextEncoder().encode(value).length <= limits.emojiBytes &&
      /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u.test(value) &&
      oneGrapheme(value),
    { message: 'is not one emoji' },
  )

export const react = operation({
  socket: 'react',
  http: 'PUT /conversations/:conversationId/messages/:id/reaction',
  access: 'session',
  limit: 'change',
  summary: 'Sets one’s reaction to a message; null takes it back.',
  input: z.strictObject({
    conversationId: ConversationId,
    id: MessageId,
    emoji: Emoji.nullable(),
    opId: OpId.optional(),
  }),
  output: z.strictObject({ message: Message }),
})

export const reactions = { react }

/**
 * One reaction a person; null takes it back. Pure: returns the same object when nothing changes.
 * @throws MESSAGE_FIXED, MESSAGE_DELETED, REACTIONS_FULL
 */
export function setReaction(message: Message, userId: UserId, emoji: string | null): Message {
  if (message.kind === 'system') throw new PalabreError('MESSAGE_FIXED')
  if (message.deletedAt !== null) throw new PalabreError('MESSAGE_DELETED')
  const before = message.reactions.find((reaction) => reaction.userIds.includes(userId))?.emoji ?? null
  if (before === emoji) return message
  const without = message.reactions
    .map((reaction) => ({ ...reaction, userIds: reaction.userIds.filter((id) => id !== userId) }))
    .filter((reaction) => reaction.userIds.length > 0)
  if (emoji === null) return { ...message, reactions: without }
  const known = without.some((reaction) => reaction.emoji === emoji)
  if (!known && without.length >= limits.emojiPerMessage) throw new PalabreError('REACTIONS_FULL')
  const reactions = known
    ? without.map((reaction) =>
        reaction.emoji === emoji ? { ...reaction, userIds: [...reaction.userIds, userId] } : reaction,
      )
    : [...without, { emoji, userIds: [userId] }]
  return { ...message, reactions }
}
