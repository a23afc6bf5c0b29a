// Messages: what one is, sending, editing, deleting, reading history. Its changes are in `changes.ts`.
import { z } from 'zod'
import { ConversationId, MessageId, OpId, UserId } from './ids.ts'
import { BodyInput, MessageBody as Body, SentBody } from './kinds.ts'
import { limits } from './limits.ts'
import { operation } from './table/operation.ts'

export const Reaction = z.strictObject({ emoji: z.string(), userIds: z.array(UserId) })
export type Reaction = z.infer<typeof Reaction>

const base = {
  id: MessageId,
  conversationId: ConversationId,
  /** Its place in the conversation: 1, 2, 3 …, never changed (P3). */
  seq: z.int(),
  /** Its last change's place among the conversation's changes (P4). */
  rev: z.int(),
  /** The `rev` of the last change of the body: a reaction does not make an edit fail (LOG-7). */
  bodyRev: z.int(),
  senderId: UserId,
  replyTo: MessageId.nullable(),
  forwarded: z.boolean(),
  /** How often it was forwarded on its way here, where that is more than once; counted up to `limits.forwardHops`. */
  hops: z.int().optional(),
  mentions: z.array(UserId),
  attachments: z.array(z.never()),
  reactions: z.array(Reaction),
  /** The server's clock, at commit. */
  createdAt: z.int(),
  /** The sender's own clock: shown, never trusted. */
  sentAt: z.int(),
  editedAt: z.int().nullable(),
  deletedAt: z.int().nullable(),
  pinnedAt: z.int().nullable(),
  expiresAt: z.int().nullable(),
}

/** A message as it is now. Deleted: the text is empty and `deletedAt` is set; its place stays. */
export const Message = z.discriminatedUnion('kind', [
  z.strictObject({ ...base, kind: z.literal('text'), body: Body.text }),
  z.strictObject({ ...base, kind: z.literal('image'), body: Body.image }),
  z.strictObject({ ...base, kind: z.literal('video'), body: Body.video }),
  z.strictObject({ ...base, kind: z.literal('voice'), body: Body.voice }),
  z.strictObject({ ...base, kind: z.literal('audio'), body: Body.audio }),
  z.strictObject({ ...base, kind: z.literal('file'), body: Body.file }),
  z.strictObject({ ...base, kind: z.literal('contact'), body: Body.contact }),
  z.strictObject({ ...base, kind: z.literal('location'), body: Body.location }),
  z.strictObject({ ...base, kind: z.literal('poll'), body: Body.poll }),
  z.strictObject({ ...base, kind: z.literal('system'), body: Body.system }),
])
export type Message = z.infer<typeof Message>
export type MessageOf<K extends Message['kind']> = Extract<Message, { kind: K }>

const sending = {
  conversationId: ConversationId,
  id: MessageId,
  replyTo: MessageId.nullable().optional(),
  mentions: z.array(UserId).max(limits.mentions).optional(),
  /** It is forwarded: how often on its way here, this time included (FWD-1). */
  hops: z.int().min(1).max(limits.forwardHops).optional(),
  sentAt: z.int().nonnegative(),
}

export const sendMessage = operation({
  socket: 'send_message',
  http: 'POST /conversations/:conversationId/messages',
  access: 'session',
  limit: 'send',
  summary: 'Stores a message and tells the members. The same id again gets the first answer (LOG-2).',
  input: z.discriminatedUnion('kind', [
    z.strictObject({ ...sending, kind: z.literal('text'), body: SentBody.text }),
    z.strictObject({ ...sending, kind: z.literal('image'), body: SentBody.image }),
    z.strictObject({ ...sending, kind: z.literal('video'), body: SentBody.video }),
    z.strictObject({ ...sending, kind: z.literal('voice'), body: SentBody.voice }),
    z.strictObject({ ...sending, kind: z.literal('audio'), body: SentBody.audio }),
    z.strictObject({ ...sending, kind: z.literal('file'), body: SentBody.file }),
    z.strictObject({ ...sending, kind: z.literal('contact'), body: SentBody.contact }),
    z.strictObject({ ...sending, kind: z.literal('location'), body: SentBody.location }),
    z.strictObject({ ...sending, kind: z.literal('poll'), body: SentBody.poll }),
  ]),
  output: z.strictObject({
    /** Missing only for a repeat by a sender who is no member any more (LOG-2). */
    message: Message.optional(),
    duplicate: z.literal(true).optional(),
    receipt: z.strictObject({ id: MessageId, seq: z.int() }).optional(),
  }),
})

export const editMessage = operation({
  socket: 'edit_message',
  http: 'PATCH /conversations/:conversationId/messages/:id',
  access: 'session',
  limit: 'change',
  summary: 'Changes one’s own text for 15 minutes; MESSAGE_CHANGED if it changed since `bodyRev`.',
  input: z.strictObject({
    conversationId: ConversationId,
    id: MessageId,
    bodyRev: z.int().positive(),
    body: BodyInput,
    opId: OpId.optional(),
  }),
  output: z.strictObject({ message: Message }),
})

export const deleteMessage = operation({
  socket: 'delete_message',
  http: 'DELETE /conversations/:conversationId/messages/:id',
  access: 'session',
  limit: 'change',
  summary: 'Deletes one’s own message for everyone, for 60 hours. Admins of a group may delete any.',
  input: z.strictObject({ conversationId: ConversationId, id: MessageId, opId: OpId.optional() }),
  output: z.strictObject({ message: Message }),
})

export const getMessage = operation({
  socket: 'get_message',
  http: 'GET /conversations/:conversationId/messages/:id',
  access: 'session',
  limit: 'read',
  summary: 'One message, for instance a quoted one that is older than the window.',
  input: z.strictObject({ conversationId: ConversationId, id: MessageId }),
  output: z.strictObject({ message: Message }),
})

export const listMessages = operation({
  socket: 'list_messages',
  http: 'GET /conversations/:conversationId/messages',
  access: 'session',
  limit: 'read',
  summary: 'A page of history in seq order: before, after or around a seq; the newest without any.',
  input: z
    .strictObject({
      conversationId: ConversationId,
      before: z.int().positive().optional(),
      after: z.int().nonnegative().optional(),
      around: z.int().positive().optional(),
      limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
    })
    .refine(
      (input) => [input.before, input.after, input.around].filter((seq) => seq !== undefined).length <= 1,
      { message: 'give one of before, after, around' },
    ),
  output: z.strictObject({
    messages: z.array(Message),
    hasBefore: z.boolean(),
    hasAfter: z.boolean(),
  }),
})

export const messagesSince = operation({
  socket: 'messages_since',
  http: 'GET /messages/since',
  access: 'session',
  limit: 'search',
  summary:
    'Messages created since a time, over all conversations, for simple integrations. Approximate: clients use sync.',
  input: z.strictObject({
    timestamp: z.int().nonnegative(),
    cursor: z.string().max(200).optional(),
    limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
  }),
  output: z.strictObject({ messages: z.array(Message), cursor: z.string().nullable() }),
})

export const messages = {
  sendMessage,
  editMessage,
  deleteMessage,
  getMessage,
  listMessages,
  messagesSince,
}
