// People: one's own profile, finding others, reading a profile. Who may be seen: contacts, co-members, and
// everybody where the directory is open (SEC §5.1); an unknown id and a hidden person look the same.
import { isErased, PalabreError, limits, type User, type UserId } from '@palabre/protocol'
import type { Context } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { isLeaving, withoutLeaving } from '../core/leaving/leaving.ts'
import { isKnownTo, tellProfile } from '../core/people.ts'
import { shownUsers } from '../core/people/profiles.ts'

/** Characters from which on names are searched where the directory is closed (SEC §5.1). */
const closedQueryMin = 3

export const users = {
  async getMe(ctx) {
    const [user, role] = await Promise.all([self(ctx), ctx.store.users.roleOf(ctx.userId)])
    return { user, role: role ?? 'member' }
  },

  async updateMe(ctx, input) {
    const before = await self(ctx)
    const user = await ctx.store.users.update(ctx.userId, {
      ...(input.displayName !== undefined && { displayName: input.displayName }),
      ...(input.about !== undefined && { about: input.about }),
    })
    if (user === null) throw new PalabreError('USER_NOT_FOUND')
    if (user.rev !== before.rev) await tellProfile(ctx, user)
    return { user }
  },

  async findUsers(ctx, { query }) {
    const text = query.replace(/^@/, '')
    const isOpen = ctx.config.directory === 'open'
    const exact = await ctx.store.users.byUsername(text.toLowerCase())
    const found =
      text !== '' && (isOpen || text.length >= closedQueryMin)
        ? await ctx.store.users.find({
            viewerId: ctx.userId,
            query: text,
            scope: isOpen ? 'all' : 'known',
            limit: limits.usersFound,
          })
        : []
    const others = found.filter((user) => user.id !== exact?.id)
    const users = [...(exact === null ? [] : [exact]), ...others].slice(0, limits.usersFound)
    return { users: await shownUsers(ctx, await withoutLeaving(ctx, users)) }
  },

  async getUser(ctx, { userId }) {
    const user = await ctx.store.users.byId(userId)
    const isSeen = ctx.config.directory === 'open' || (await isKnownTo(ctx, userId))
    if (user !== null && isErased(user)) return { user }
    if (user === null || !isSeen || (await isHidden(ctx, userId))) throw new PalabreError('USER_NOT_FOUND')
    const [shown = user] = await shownUsers(ctx, [user])
    return { user: shown }
  },
} satisfies Partial<Handlers>

/** Who is about to go is seen by those alone who share a conversation, whose history needs the name (ERASE-1). */
async function isHidden(ctx: Context, userId: UserId): Promise<boolean> {
  return (await isLeaving(ctx, userId)) && !(await ctx.store.members.areCoMembers(ctx.userId, userId))
}

async function self(ctx: Context): Promise<User> {
  const user = await ctx.store.users.byId(ctx.userId)
  if (user === null) throw new PalabreError('USER_NOT_FOUND')
  return user
}
