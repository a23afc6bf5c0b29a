// Whom somebody knows: contacts and co-members. What profiles and presence are shown by (SEC §5.1, §5.5).
import { UserId, type User } from '@palabre/protocol'
import type { Context } from './context.ts'
import { shownProfile } from './people/profiles.ts'

/** Who asks, and whom. */
export type Asking = Pick<Context, 'store' | 'userId'>

/** Conversations in which a new profile is shown at once; `sync` brings it to the others. */
const toldConversations = 100
const contactPrefix = 'contact:'

/** Those whom the caller keeps as contacts. */
export async function contactIdsOf(ctx: Asking): Promise<UserId[]> {
  const entries = await ctx.store.account.under(ctx.userId, contactPrefix)
  return entries.map((entry) => UserId.parse(entry.key.slice(contactPrefix.length)))
}

/** Those of `userIds` who are contacts or co-members of the caller, or the caller; in the same order, once each. */
export async function knownAmong(ctx: Context, userIds: UserId[]): Promise<UserId[]> {
  const wanted = [...new Set(userIds)]
  const [contactIds, coMemberIds] = await Promise.all([
    contactIdsOf(ctx),
    ctx.store.members.coMembersAmong(ctx.userId, wanted),
  ])
  const known = new Set<UserId>([ctx.userId, ...contactIds, ...coMemberIds])
  return wanted.filter((id) => known.has(id))
}

export async function isKnownTo(ctx: Asking, userId: UserId): Promise<boolean> {
  if (userId === ctx.userId || (await ctx.store.members.areCoMembers(ctx.userId, userId))) return true
  return (await contactIdsOf(ctx)).includes(userId)
}

/** A hint: to one's own devices and to those who share a conversation, to each what is theirs to see (PRIV-2). */
export async function tellProfile(
  ctx: Pick<Context, 'store' | 'fanout' | 'memberships' | 'rules'>,
  user: User,
) {
  ctx.fanout.toUser(user.id, 'profile_updated', { user })
  const rules = await ctx.rules.of(user.id)
  const shared = shownProfile(user, rules, null, true)
  const apart = [...rules.blocked.keys(), ...rules.requests.keys()]
  const told = new Set<UserId>()
  const heads = await ctx.store.conversations.headsOfUser(user.id)
  for (const { id } of heads.slice(0, toldConversations)) {
    const view = await ctx.memberships.view(id)
    if (view === null) continue
    const except = [user.id, ...apart.filter((userId) => view.members.has(userId))]
    ctx.fanout.toConversation(id, view.membersRev, 'profile_updated', { user: shared }, { except })
    for (const userId of except) if (userId !== user.id) told.add(userId)
  }
  for (const userId of told)
    ctx.fanout.toUser(userId, 'profile_updated', { user: shownProfile(user, rules, userId, true) })
}
