// Conversations: direct (one for each pair) and group; the list, the header, title and description.
import { z } from 'zod'
import { ConversationId, OpId, UserId } from './ids.ts'
import { Role } from './kinds.ts'
import { limits } from './limits.ts'
import { Message } from './messages.ts'
import { operation } from './table/operation.ts'
import { ConversationSettings } from './settings.ts'
import { name, prose } from './text.ts'
import { User } from './users.ts'

export const Member = z.strictObject({ user: User, role: Role, joinedAt: z.int() })
export type Member = z.infer<typeof Member>

const header = {
  id: ConversationId,
  kind: z.enum(['direct', 'group']),
  /** Null for a direct one, which is named after the other person. */
  title: z.string().nullable(),
  description: z.string(),
  avatarId: z.string().nullable(),
  createdBy: UserId,
  createdAt: z.int(),
  memberCount: z.int(),
  /** The first members (owner, admins, then by name), at most 50. */
  members: z.array(Member),
  settings: ConversationSettings,
}

/** The part of a conversation that is the same for every member. */
export const ConversationHeader = z.strictObject(header)
export type ConversationHeader = z.infer<typeof ConversationHeader>

/** Two marks a member: everything up to a seq (REC-1). */
export const MarkPair = z.strictObject({ deliveredSeq: z.int(), readSeq: z.int() })
export type MarkPair = z.infer<typeof MarkPair>

/** How far the others are: their lowest marks. `readSeq` is null where receipts are off (PRIV-4). */
export const OthersMarks = z.strictObject({ deliveredSeq: z.int(), readSeq: z.int().nullable() })
export type OthersMarks = z.infer<typeof OthersMarks>

/** Where one is mentioned in what one has not read: the seqs, in order; absent: nowhere (MEN-1). */
export const Mentions = z.array(z.int()).max(limits.mentionsTold)

/** How far one's own devices and the others are (REC-1, REC-2). */
export const Marks = z.strictObject({
  deliveredSeq: z.int(),
  readSeq: z.int(),
  unread: z.int(),
  mentions: Mentions.optional(),
  /** The lowest marks of the other present members. */
  others: OthersMarks,
})
export type Marks = z.infer<typeof Marks>

export const Conversation = z.strictObject({
  ...header,
  /** The head: the `rev` of the latest change. */
  rev: z.int(),
  lastSeq: z.int(),
  /** The newest message that this member may see. */
  lastMessage: Message.nullable(),
  me: z.strictObject({
    role: Role,
    joinedSeq: z.int(),
    joinedRev: z.int(),
    readSeq: z.int(),
    deliveredSeq: z.int(),
    unread: z.int(),
    mentions: Mentions.optional(),
    mutedUntil: z.int().nullable(),
    pinnedAt: z.int().nullable(),
    archivedAt: z.int().nullable(),
    markedUnread: z.boolean(),
    /** Everything up to here is gone for this member (KEEP-6); 0: nothing is. */
    clearedSeq: z.int(),
  }),
  others: OthersMarks,
})
export type Conversation = z.infer<typeof Conversation>

const Title = name(limits.titleLength)
const Description = prose(limits.descriptionLength)

export const createConversation = operation({
  socket: 'create_conversation',
  http: 'POST /conversations',
  access: 'session',
  limit: 'group',
  summary: 'Opens the direct conversation with someone (always the same one), or makes a group.',
  input: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('direct'), userId: UserId }),
    z.strictObject({
      kind: z.literal('group'),
      title: Title,
      memberIds: z.array(UserId).max(limits.groupMembers - 1),
      /** The same id again answers with the group that it made. */
      opId: OpId.optional(),
    }),
  ]),
  output: z.strictObject({ conversation: Conversation }),
})

export const listConversations = operation({
  socket: 'list_conversations',
  http: 'GET /conversations',
  access: 'session',
  limit: 'read',
  summary: 'One’s conversations, newest activity first, in pages by `cursor` (PAGE-1) or by `offset`.',
  input: z
    .strictObject({
      limit: z.int().min(1).max(limits.page).default(limits.conversationsDefault),
      offset: z.int().nonnegative().optional(),
      cursor: z.string().max(200).optional(),
    })
    .refine((input) => input.cursor === undefined || input.offset === undefined, {
      message: 'give one of offset, cursor',
    }),
  output: z.strictObject({
    conversations: z.array(Conversation),
    total: z.int(),
    hasMore: z.boolean(),
    cursor: z.string().nullable(),
  }),
})

export const getConversation = operation({
  socket: 'get_conversation',
  http: 'GET /conversations/:conversationId',
  access: 'session',
  limit: 'read',
  summary: 'One conversation.',
  input: z.strictObject({ conversationId: ConversationId }),
  output: z.strictObject({ conversation: Conversation }),
})

export const updateConversation = operation({
  socket: 'update_conversation',
  http: 'PATCH /conversations/:conversationId',
  access: 'session',
  limit: 'write',
  summary: 'Changes a group’s title or description (whoever may edit it, GRP-1).',
  input: z.strictObject({
    conversationId: ConversationId,
    title: Title.optional(),
    description: Description.optional(),
  }),
  output: z.strictObject({ conversation: Conversation }),
})

/** The server joins all of a user's conversations at connect; these two are for late joins, and idempotent. */
export const joinConversation = operation({
  socket: 'join_conversation',
  http: 'POST /conversations/:conversationId/join',
  access: 'session',
  limit: 'read',
  summary:
    'Makes sure that this socket hears a conversation. Idempotent; over HTTP it only checks membership.',
  input: z.strictObject({ conversationId: ConversationId }),
  output: z.strictObject({}),
})

export const leaveConversation = operation({
  socket: 'leave_conversation',
  http: 'POST /conversations/:conversationId/unjoin',
  access: 'session',
  limit: 'read',
  summary: 'This socket stops hearing a conversation until it joins again or reconnects. Membership stays.',
  input: z.strictObject({ conversationId: ConversationId }),
  output: z.strictObject({}),
})

export const conversations = {
  createConversation,
  listConversations,
  getConversation,
  updateConversation,
  joinConversation,
  leaveConversation,
}
