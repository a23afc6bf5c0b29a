// The table of everything a server says. Names are the seed's where it has one.
import { z } from 'zod'
import { AccountEntry } from './account.ts'
import { Conversation, ConversationHeader, Mentions, OthersMarks } from './conversations.ts'
import { ConversationId, UserId } from './ids.ts'
import { limits } from './limits.ts'
import { Message } from './messages.ts'
import { Presence, TypingState } from './presence.ts'
import { User } from './users.ts'

/** One gathered notice; of each subject only the latest is kept. */
export const Notice = z.discriminatedUnion('event', [
  /** How far the others are: the lowest marks of the other present members (REC-2). */
  z.strictObject({ event: z.literal('receipts'), conversationId: ConversationId, others: OthersMarks }),
  /** One's own marks, set on another device; `unread` as the server counts it. */
  z.strictObject({
    event: z.literal('marks'),
    conversationId: ConversationId,
    deliveredSeq: z.int(),
    readSeq: z.int(),
    unread: z.int(),
    mentions: Mentions.optional(),
  }),
  z.strictObject({ event: z.literal('contact_status_changed'), ...Presence.shape }),
])
export type Notice = z.infer<typeof Notice>

export const events = {
  receive_message: z.strictObject({ conversationId: ConversationId, rev: z.int(), message: Message }),
  /** Edit, deletion, reaction: the whole message as it is now; bare to a member who may not see it (SYNC-8). */
  message_updated: z.strictObject({
    conversationId: ConversationId,
    rev: z.int(),
    message: Message.optional(),
  }),
  /** Title, description, members, roles; with the system message that is the change (LOG-6). */
  conversation_updated: z.strictObject({
    conversationId: ConversationId,
    rev: z.int(),
    conversation: ConversationHeader,
    message: Message,
  }),
  /** I am a member of a new conversation, or again of an old one: its contents come by `sync` (MEM-3). */
  conversation_added: z.strictObject({ conversation: Conversation }),
  conversation_removed: z.strictObject({ conversationId: ConversationId }),
  account_updated: z.strictObject({ rev: z.int(), entry: AccountEntry }),
  /** A profile changed. A hint: `sync` brings it too. */
  profile_updated: z.strictObject({ user: User }),
  typing: z.strictObject({ conversationId: ConversationId, userId: UserId, state: TypingState }),
  contact_status_changed: Presence,
  notifications_batch: z.array(Notice).max(limits.batchNotices),
  /** Heads of some conversations: a lost last event is noticed. Of none: something else may have been lost (SYNC-9). */
  sync_hint: z.strictObject({ heads: z.record(ConversationId, z.int()) }),
  session_ended: z.strictObject({ reason: z.enum(['SESSION_ENDED', 'SESSION_UNKNOWN', 'TOKEN_EXPIRED']) }),
  server_draining: z.strictObject({ reason: z.literal('DRAINING') }),
}

export type EventName = keyof typeof events
export type EventData<N extends EventName> = z.output<(typeof events)[N]>
