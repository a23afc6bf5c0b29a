// Members and roles: owner > admin > member. Every change is one system message, which is the commit (LOG-6);
// the store decides on the roles at commit, what is refused here is refused early and says why.
import { PalabreError, type Member, type UserId } from '@palabre/protocol'
import { conversationOf, memberOf, reading } from '../core/access.ts'
import type { Context } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { pageOfIds } from '../core/id-pages.ts'
import { needStaying } from '../core/leaving/leaving.ts'
import { needAddable } from '../core/people/known.ts'
import { shownMembers } from '../core/people/profiles.ts'
import type { MemberRow } from '../store/port/members.ts'

export const members = {
  async listMembers(ctx, { conversationId, limit, offset, cursor }) {
    return reading(ctx, conversationId, async () => {
      const view = await ctx.memberships.view(conversationId)
      const total = view?.members.size ?? 0
      if (cursor === undefined) {
        const page = await ctx.store.members.page(conversationId, limit, offset)
        return { members: await shownIn(ctx, page), total, cursor: null }
      }
      const rows = view?.members ?? new Map<UserId, MemberRow>()
      const page = pageOfIds('members', rows.keys(), { cursor, limit })
      const users = new Map((await ctx.store.users.byIds(page.ids)).map((user) => [user.id, user]))
      const members = page.ids.flatMap((id) => {
        const [row, user] = [rows.get(id), users.get(id)]
        return row && user ? [{ user, role: row.role, joinedAt: row.joinedAt }] : []
      })
      return { members: await shownIn(ctx, members), total, cursor: page.cursor }
    })
  },

  async addMembers(ctx, { conversationId, userIds }) {
    await memberOf(ctx, conversationId)
    await needStaying(ctx, userIds)
    const there = (await ctx.memberships.view(conversationId))?.members
    await needAddable(
      ctx,
      ctx.userId,
      userIds.filter((id) => there?.has(id) !== true),
    )
    await ctx.log.append(ctx, {
      conversationId,
      content: { kind: 'system', body: { event: 'members_added', userIds: [...new Set(userIds)] } },
    })
    return { conversation: await conversationOf(ctx, conversationId) }
  },

  async changeRole(ctx, { conversationId, userId, role }) {
    const me = await memberOf(ctx, conversationId)
    const target = await ctx.memberships.member(conversationId, userId)
    // An owner steps down by naming another, and by nothing else (OWNER_REQUIRED, from the store).
    if (target?.role === 'owner' && me.role !== 'owner') throw new PalabreError('ROLE_REQUIRED')
    await ctx.log.append(ctx, {
      conversationId,
      content: { kind: 'system', body: { event: 'role_changed', userId, role } },
      requires: role === 'owner' ? 'owner' : 'admin',
    })
    return { conversation: await conversationOf(ctx, conversationId) }
  },

  async removeMember(ctx, { conversationId, userId, heirId = null }) {
    await memberOf(ctx, conversationId)
    const isLeaving = userId === ctx.userId
    await ctx.log.append(ctx, {
      conversationId,
      content: {
        kind: 'system',
        body: isLeaving ? { event: 'member_left', userId, heirId } : { event: 'member_removed', userId },
      },
      requires: isLeaving ? 'member' : 'admin',
    })
    return {}
  },
} satisfies Partial<Handlers>

/** As the caller sees them, who is a member. */
async function shownIn(ctx: Context, members: Member[]): Promise<Member[]> {
  const rules = await ctx.rules.ofAll(members.map(({ user }) => user.id))
  return shownMembers(members, rules, (id) => id === ctx.userId).for(ctx.userId)
}
