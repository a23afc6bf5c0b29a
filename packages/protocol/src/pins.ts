// Pinned messages: at most three stand above a conversation, each for a day, a week or a month (PIN-1 … PIN-3).
import { z } from 'zod'
import { Conversation } from './conversations.ts'
import { ConversationId, MessageId } from './ids.ts'
import { limits } from './limits.ts'
import { operation } from './table/operation.ts'
import type { Pin } from './settings.ts'

export const pinMessage = operation({
  socket: 'pin_message',
  http: 'PUT /conversations/:conversationId/pins/:id',
  access: 'session',
  limit: 'write',
  summary:
    'Pins a message for everybody, for 24 hours, 7 or 30 days; of more than three the oldest pin goes.',
  input: z.strictObject({
    conversationId: ConversationId,
    id: MessageId,
    forMs: z.literal([...limits.pinForMs]),
  }),
  output: z.strictObject({ conversation: Conversation }),
})

export const unpinMessage = operation({
  socket: 'unpin_message',
  http: 'DELETE /conversations/:conversationId/pins/:id',
  access: 'session',
  limit: 'write',
  summary: 'Takes a pin away for everybody.',
  input: z.strictObject({ conversationId: ConversationId, id: MessageId }),
  output: z.strictObject({ conversation: Conversation }),
})

export const pins = { pinMessage, unpinMessage }

/** The pins after one more at `now`: those whose time is over go first, then the oldest. Pure. */
export function putPin(before: readonly Pin[], pin: Pin, now: number): Pin[] {
  const others = before.filter(({ messageId, until }) => messageId !== pin.messageId && until > now)
  return [...others, pin].slice(-limits.pins)
}
