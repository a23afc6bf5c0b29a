// The only way to a conversation, a member or a message on someone's behalf (P6, SEC-9). A stranger and a
// conversation that does not exist look the same. What a member may see is decided by `isSeen` alone.
// A read for somebody ends with their membership, asked of the store again: nothing that was committed after
// they were removed is answered (MEM-2). Writes need no such care: the store decides at commit.
import {
  PalabreError,
  hasRole,
  mayDo,
  type Conversation,
  type ConversationId,
  type Message,
  type MessageId,
  type Right,
  type Role,
} from '@palabre/protocol'
import type { ConversationRow } from '../store/port/conversations.ts'
import type { MemberRow } from '../store/port/members.ts'
import type { Context } from './context.ts'
import { keptBy } from './keeping.ts'
import { isSeen, isVisible, shownTo, viewerOf, type Viewer } from './visibility.ts'

export { isSeen, isVisible, shownTo, type Viewer }

/** Reads that found another membership at their end start again, at most this often. */
const attempts = 5

/** The caller's membership. @throws MEMBER_REQUIRED, ROLE_REQUIRED */
export async function memberOf(
  ctx: Context,
  conversationId: ConversationId,
  role: Role = 'member',
): Promise<MemberRow> {
  const known = ctx.memberships.current(conversationId)
  const member =
    known === null
      ? await ctx.memberships.member(conversationId, ctx.userId)
      : (known.members.get(ctx.userId) ?? null)
  if (member === null) throw new PalabreError('MEMBER_REQUIRED')
  if (!hasRole(member.role, role)) throw new PalabreError('ROLE_REQUIRED')
  return member
}

/**
 * What a group's rights let the caller do, for what is not an append: the store looks at those itself (GRP-1).
 * @throws MEMBER_REQUIRED, SENDING_RESTRICTED, ROLE_REQUIRED
 */
export async function needRight(ctx: Context, conversationId: ConversationId, right: Right): Promise<void> {
  const member = await memberOf(ctx, conversationId)
  const row = await ctx.store.conversations.byId(conversationId)
  if (row === null) throw new PalabreError('MEMBER_REQUIRED')
  if (mayDo(row.header, member.role, right)) return
  throw new PalabreError(right === 'send' ? 'SENDING_RESTRICTED' : 'ROLE_REQUIRED')
}

/** The caller's membership, with what they keep of the conversation. @throws MEMBER_REQUIRED */
export async function viewing(ctx: Context, conversationId: ConversationId): Promise<Viewer> {
  const [member, kept] = await Promise.all([
    memberOf(ctx, conversationId),
    keptBy(ctx.store, ctx.userId, conversationId),
  ])
  return viewerOf(member, kept)
}

/**
 * Runs `read` as the caller's member, and answers only if they still are the same member afterwards.
 * @throws MEMBER_REQUIRED
 */
export async function reading<T>(
  ctx: Context,
  conversationId: ConversationId,
  read: (viewer: Viewer) => Promise<T>,
): Promise<T> {
  let member: MemberRow = await memberOf(ctx, conversationId)
  const kept = await keptBy(ctx.store, ctx.userId, conversationId)
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const answer = await read(viewerOf(member, kept))
    const after = await ctx.store.members.one(conversationId, ctx.userId)
    if (after === null) throw new PalabreError('MEMBER_REQUIRED')
    if (after.joinedRev === member.joinedRev) return answer
    member = after
  }
  throw new PalabreError('STORE_UNAVAILABLE')
}

/** A message that the caller may see. @throws MEMBER_REQUIRED, MESSAGE_NOT_FOUND */
export async function messageOf(
  ctx: Context,
  conversationId: ConversationId,
  id: MessageId,
): Promise<Message> {
  return reading(ctx, conversationId, async (viewer) => {
    const message = await ctx.store.log.byId(conversationId, id)
    if (message === null || !isSeen(viewer, message, ctx.now())) throw new PalabreError('MESSAGE_NOT_FOUND')
    return message
  })
}

/** The conversation as the caller sees it now. @throws MEMBER_REQUIRED */
export async function conversationOf(ctx: Context, conversationId: ConversationId): Promise<Conversation> {
  return reading(ctx, conversationId, async (member) => {
    const row = await ctx.store.conversations.byId(conversationId)
    if (row === null) throw new PalabreError('MEMBER_REQUIRED')
    return ctx.assembly.forMember(row, member)
  })
}

/** Those of `rows` of which the caller is still a member, in the same order. */
export async function conversationsOf(ctx: Context, rows: ConversationRow[]): Promise<Conversation[]> {
  const all = await Promise.all(
    rows.map((row) =>
      reading(ctx, row.header.id, (member) => ctx.assembly.forMember(row, member)).catch((error: unknown) => {
        if (error instanceof PalabreError && error.code === 'MEMBER_REQUIRED') return null
        throw error
      }),
    ),
  )
  return all.filter((conversation) => conversation !== null)
}
