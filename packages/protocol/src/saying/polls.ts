// Polls: what one asks of them beyond sending one. A vote is a change of the message (POLL-1 … POLL-4).
import { z } from 'zod'
import { ConversationId, MessageId, OpId } from '../ids.ts'
import { limits } from '../limits.ts'
import { Message } from '../messages.ts'
import { operation } from '../table/operation.ts'

export const votePoll = operation({
  socket: 'vote_poll',
  http: 'PUT /conversations/:conversationId/messages/:id/vote',
  access: 'session',
  limit: 'change',
  summary: 'Sets what one chooses in a poll, by the places of the options; none takes it back.',
  input: z.strictObject({
    conversationId: ConversationId,
    id: MessageId,
    choices: z.array(z.int().min(0).max(limits.pollOptions)).max(limits.pollOptions),
    opId: OpId.optional(),
  }),
  output: z.strictObject({ message: Message }),
})

export const closePoll = operation({
  socket: 'close_poll',
  http: 'POST /conversations/:conversationId/messages/:id/close',
  access: 'session',
  limit: 'change',
  summary: 'Ends a poll for good: its author, or an admin of the group.',
  input: z.strictObject({ conversationId: ConversationId, id: MessageId, opId: OpId.optional() }),
  output: z.strictObject({ message: Message }),
})

export const polls = { votePoll, closePoll }
