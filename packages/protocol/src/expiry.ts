// Disappearing messages (DIS-1 … DIS-5): how long new messages of a conversation stay.
// The server's clock decides. What is left of one whose time is over is in `changes.ts`.
import { z } from 'zod'
import { Conversation } from './conversations.ts'
import { ConversationId } from './ids.ts'
import { limits } from './limits.ts'
import { operation } from './table/operation.ts'

export const setTimer = operation({
  socket: 'set_timer',
  http: 'PUT /conversations/:conversationId/timer',
  access: 'session',
  limit: 'write',
  summary: 'How long new messages stay, for everybody; null: they stay. In a group: admins.',
  input: z.strictObject({
    conversationId: ConversationId,
    expireAfterMs: z.int().min(limits.expireMinMs).max(limits.expireMaxMs).nullable(),
  }),
  output: z.strictObject({ conversation: Conversation }),
})

export const expiry = { setTimer }
