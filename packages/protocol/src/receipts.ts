// Receipts: two cumulative marks a member and conversation (REC-1). Not in the log; `sync` brings them all.
import { z } from 'zod'
import { Marks } from './conversations.ts'
import { ConversationId, UserId } from './ids.ts'
import { operation } from './table/operation.ts'

const markInput = z.strictObject({ conversationId: ConversationId, seq: z.int().nonnegative() })
const markOutput = z.strictObject({ marks: Marks })

export const markDelivered = operation({
  socket: 'mark_delivered',
  http: 'PUT /conversations/:conversationId/delivered',
  access: 'session',
  limit: 'change',
  summary: 'All up to `seq` has reached one of my devices. Clipped to what exists; never goes back.',
  input: markInput,
  output: markOutput,
})

export const markRead = operation({
  socket: 'mark_read',
  http: 'PUT /conversations/:conversationId/read',
  access: 'session',
  limit: 'change',
  summary: 'All up to `seq` has been read. Clipped to what exists; never goes back.',
  input: markInput,
  output: markOutput,
})

export const listReceipts = operation({
  socket: 'list_receipts',
  http: 'GET /conversations/:conversationId/receipts',
  access: 'session',
  limit: 'read',
  summary: 'Who has got a message and who has read it.',
  input: z.strictObject({ conversationId: ConversationId, seq: z.int().positive() }),
  output: z.strictObject({ delivered: z.array(UserId), read: z.array(UserId), waiting: z.array(UserId) }),
})

export const receipts = { markDelivered, markRead, listReceipts }
