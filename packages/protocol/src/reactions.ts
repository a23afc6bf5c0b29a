// Reactions: one a person and message, as in WhatsApp.
import { z } from 'zod'
import { ConversationId, MessageId, OpId } from './ids.ts'
import { limits } from './limits.ts'
import { Message } from './messages.ts'
import { operation } from './table/operation.ts'

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
