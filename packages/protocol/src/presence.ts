// Presence and typing: ephemeral, watched for what is on screen, never stored with messages (PRES-1).
import { z } from 'zod'
import { ConversationId, UserId } from './ids.ts'
import { limits } from './limits.ts'
import { operation } from './table/operation.ts'

export const Status = z.enum(['online', 'away', 'offline'])
export type Status = z.infer<typeof Status>

export const Presence = z.strictObject({
  userId: UserId,
  status: Status,
  /** When the person was last there; null while online or when nobody knows. */
  lastSeen: z.int().nullable(),
})
export type Presence = z.infer<typeof Presence>

export const TypingState = z.enum(['typing', 'recording', 'idle'])
export type TypingState = z.infer<typeof TypingState>

export const setTyping = operation({
  socket: 'typing',
  http: 'PUT /conversations/:conversationId/typing',
  access: 'session',
  limit: 'typing',
  summary: 'Says that one is writing; expires by itself after 6 s.',
  input: z.strictObject({ conversationId: ConversationId, state: TypingState }),
  output: z.strictObject({}),
})

export const setStatus = operation({
  socket: 'set_status',
  http: 'PUT /me/status',
  access: 'session',
  limit: 'status',
  summary: 'This device is in use (`online`) or idle (`away`).',
  input: z.strictObject({ status: z.enum(['online', 'away']) }),
  output: z.strictObject({}),
})

export const watchPresence = operation({
  socket: 'watch_presence',
  http: 'POST /presence',
  access: 'session',
  limit: 'watch',
  summary:
    'Watches these contacts and co-members instead of the ones before, and answers how they are now. Others are left out. Over HTTP it only answers.',
  input: z.strictObject({ userIds: z.array(UserId).max(limits.watchedUsers) }),
  output: z.strictObject({ presences: z.array(Presence) }),
})

export const presence = { setTyping, setStatus, watchPresence }
