// Catching up: what changed since the revs that a device holds (SYNC-1 … SYNC-10).
import { z } from 'zod'
import { AccountDelta } from './account.ts'
import { Conversation, Marks } from './conversations.ts'
import { ConversationId } from './ids.ts'
import { limits } from './limits.ts'
import { Message } from './messages.ts'
import { operation } from './table/operation.ts'
import { User } from './users.ts'

/** `messages` in rev order; on a reset, the newest ones in seq order, and what the client held is dropped. */
export const Delta = z.strictObject({
  conversation: Conversation,
  rev: z.int(),
  messages: z.array(Message),
  marks: Marks,
  unread: z.int(),
  reset: z.boolean(),
})
export type Delta = z.infer<typeof Delta>

export const sync = operation({
  socket: 'sync',
  http: 'POST /sync',
  access: 'session',
  limit: 'sync',
  summary: 'Everything that changed since the given revs. Ask again while `more` is true.',
  input: z.strictObject({
    /** The store's epoch that the revs belong to; another one means starting over (SYNC-7). */
    epoch: z.string().max(64).optional(),
    conversations: z
      .record(ConversationId, z.int().nonnegative())
      .refine((record) => Object.keys(record).length <= limits.syncConversations),
    account: z.int().nonnegative(),
    /** The profile `rev` up to which this device knows people; absent the first time. */
    profiles: z.int().nonnegative().optional(),
    /**
     * Checksums (`marksSum`) of the marks held, of the conversations named, in ascending order of their ids: then
     * only those marks come that differ. Absent, or of another length: all of them.
     */
    marks: z.array(z.int().nonnegative()).max(limits.syncConversations).optional(),
    /** Only these conversations (a gap in one needs not ask for all). */
    only: z.array(ConversationId).max(limits.syncConversations).optional(),
    /** Only ids in this part of their order: who holds more than can be named asks part by part (SYNC-6). */
    range: z.strictObject({ above: ConversationId.optional(), upTo: ConversationId.optional() }).optional(),
  }),
  output: z.strictObject({
    epoch: z.string(),
    /** The server's clock: by it messages disappear (DIS-4). */
    now: z.int(),
    conversations: z.array(Delta),
    /** Named by the client, and no conversation of theirs any more. */
    removed: z.array(ConversationId),
    /** Of those named: all, or those that differ from what the client holds. */
    marks: z.record(ConversationId, Marks),
    account: AccountDelta,
    profiles: z.strictObject({ rev: z.int(), users: z.array(User) }),
    more: z.boolean(),
  }),
})

export const syncing = { sync }
