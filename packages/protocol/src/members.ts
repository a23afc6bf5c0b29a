// Members and roles: owner > admin > member. Every change is a system message (LOG-6).
import { z } from 'zod'
import { Conversation, Member } from './conversations.ts'
import { ConversationId, UserId } from './ids.ts'
import { Role } from './kinds.ts'
import { limits } from './limits.ts'
import { operation } from './table/operation.ts'

export const listMembers = operation({
  socket: 'list_members',
  http: 'GET /conversations/:conversationId/members',
  access: 'session',
  limit: 'read',
  summary:
    'The members in pages: by `offset` owner, admins, then by name; by `cursor`, which begins empty, in an order that stays (PAGE-1).',
  input: z
    .strictObject({
      conversationId: ConversationId,
      limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
      offset: z.int().nonnegative().default(0),
      cursor: z.string().max(200).optional(),
    })
    .refine((input) => input.cursor === undefined || input.offset === 0, {
      message: 'give one of offset, cursor',
    }),
  output: z.strictObject({
    members: z.array(Member),
    total: z.int(),
    /** Null on the last page, and for pages by offset. */
    cursor: z.string().nullable(),
  }),
})

export const addMembers = operation({
  socket: 'add_members',
  http: 'POST /conversations/:conversationId/members',
  access: 'session',
  limit: 'group',
  summary: 'Adds people to a group (whoever may add, GRP-1). Who is a member already stays as they are.',
  input: z.strictObject({
    conversationId: ConversationId,
    userIds: z.array(UserId).min(1).max(limits.groupMembers),
  }),
  output: z.strictObject({ conversation: Conversation }),
})

export const changeRole = operation({
  socket: 'change_role',
  http: 'PATCH /conversations/:conversationId/members/:userId',
  access: 'session',
  limit: 'write',
  summary: 'Makes a member admin or not (admins); `owner` hands the group over (the owner).',
  input: z.strictObject({ conversationId: ConversationId, userId: UserId, role: Role }),
  output: z.strictObject({ conversation: Conversation }),
})

export const removeMember = operation({
  socket: 'remove_member',
  http: 'DELETE /conversations/:conversationId/members/:userId',
  access: 'session',
  limit: 'write',
  summary:
    'Removes a member (admins), or leaves with one’s own id; an owner may name who takes over. Answered after the commit (MEM-2).',
  input: z.strictObject({
    conversationId: ConversationId,
    userId: UserId,
    /** Who becomes the owner when the owner leaves; absent: whom GRP-3 says. */
    heirId: UserId.optional(),
  }),
  output: z.strictObject({}),
})

export const members = { listMembers, addMembers, changeRole, removeMember }
