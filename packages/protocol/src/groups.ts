// Groups by their own rules: what members may do (GRP-1, GRP-2), and coming in by oneself (LINK-1 … LINK-4): the link that
// admins make, what it shows, coming in, asking to be let in. A code is never in an address that a server would write
// down: it comes in the body. Who is in a group is in `members.ts`.
import { z } from 'zod'
import { Conversation } from './conversations.ts'
import { ConversationId, UserId } from './ids.ts'
import { limits } from './limits.ts'
import { Allowed, Right } from './settings.ts'
import { operation } from './table/operation.ts'
import { User } from './users.ts'

export const setRight = operation({
  socket: 'set_right',
  http: 'PUT /conversations/:conversationId/rights/:right',
  access: 'session',
  limit: 'write',
  summary:
    'Who may send, edit what the group says of itself, pin, or add people: everyone or admins (admins).',
  input: z.strictObject({ conversationId: ConversationId, right: Right, allowed: Allowed }),
  output: z.strictObject({ conversation: Conversation }),
})

/** Of 36 bytes: which conversation, and 160 bits that only the server can make (SEC-30). */
const Code = z
  .string()
  .length(48)
  .regex(/^[\w-]+$/u)
const OfConversation = z.strictObject({ conversationId: ConversationId })

export const makeLink = operation({
  socket: 'make_link',
  http: 'PUT /conversations/:conversationId/link',
  access: 'session',
  limit: 'write',
  summary:
    'Makes the link by which people come in, or another one in place of it: the old one ends (admins).',
  input: z.strictObject({
    conversationId: ConversationId,
    /** Null: until it is taken away. */
    expiresInMs: z.int().min(limits.linkMinMs).max(limits.linkMaxMs).nullable(),
    /** Null: as often as there are places. */
    maxUses: z.int().min(1).max(limits.groupMembers).nullable(),
    needsApproval: z.boolean(),
  }),
  output: z.strictObject({ conversation: Conversation, code: Code }),
})

export const getLink = operation({
  socket: 'get_link',
  http: 'GET /conversations/:conversationId/link',
  access: 'session',
  limit: 'read',
  summary: 'The code of the link, where there is one (admins).',
  input: OfConversation,
  output: z.strictObject({ code: Code.nullable() }),
})

export const dropLink = operation({
  socket: 'drop_link',
  http: 'DELETE /conversations/:conversationId/link',
  access: 'session',
  limit: 'write',
  summary: 'Takes the link away (admins).',
  input: OfConversation,
  output: z.strictObject({ conversation: Conversation }),
})

export const lookAtLink = operation({
  socket: 'look_at_link',
  http: 'POST /join/look',
  access: 'session',
  limit: 'join',
  summary: 'What a link leads to, before one comes in.',
  input: z.strictObject({ code: Code }),
  output: z.strictObject({
    title: z.string(),
    description: z.string(),
    memberCount: z.int(),
    /** Base64 of a small WebP; null: there is none. */
    photo: z.string().nullable(),
    needsApproval: z.boolean(),
    /** Whoever looks has asked already. */
    isAsking: z.boolean(),
    /** Whoever looks is in it; null: not. */
    conversationId: ConversationId.nullable(),
  }),
})

export const joinByLink = operation({
  socket: 'join_by_link',
  http: 'POST /join',
  access: 'session',
  limit: 'join',
  summary: 'Comes in by a link, or asks to be let in where the link says so.',
  input: z.strictObject({ code: Code }),
  output: z.strictObject({ conversationId: ConversationId, isAsking: z.boolean() }),
})

export const listAsking = operation({
  socket: 'list_asking',
  http: 'GET /conversations/:conversationId/asking',
  access: 'session',
  limit: 'read',
  summary: 'Who waits to be let in, the longest first (admins).',
  input: OfConversation,
  output: z.strictObject({ asking: z.array(z.strictObject({ user: User, at: z.int() })) }),
})

export const answerAsking = operation({
  socket: 'answer_asking',
  http: 'PUT /conversations/:conversationId/asking/:userId',
  access: 'session',
  limit: 'write',
  summary: 'Lets somebody in who waits for it, or does not (admins).',
  input: z.strictObject({ conversationId: ConversationId, userId: UserId, isWelcome: z.boolean() }),
  output: z.strictObject({}),
})

export const groups = {
  setRight,
  makeLink,
  getLink,
  dropLink,
  lookAtLink,
  joinByLink,
  listAsking,
  answerAsking,
}
