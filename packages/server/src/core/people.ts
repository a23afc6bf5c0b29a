// Whom somebody knows: contacts and co-members. What profiles and presence are shown by (SEC §5.1, §5.5).
import { UserId, type AccountEntry } from '@palabre/protocol'
import type { Context } from './context.ts'

const contactPrefix = 'contact:'

export function contactKey(userId: UserId): AccountEntry['key'] {
  return `${contactPrefix}${userId}`
}

/** Those whom the caller keeps as contacts. */
export async function contactIdsOf(ctx: Context): Promise<UserId[]> {
  const entries = await ctx.store.account.since(ctx.userId, 0)
  return entries
    .filter((entry) => entry.key.startsWith(contactPrefix) && entry.value !== null)
    .map((entry) => UserId.parse(entry.key.slice(contactPrefix.length)))
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

export async function isKnownTo(ctx: Context, userId: UserId): Promise<boolean> {
  if (userId === ctx.userId || (await ctx.store.members.areCoMembers(ctx.userId, userId))) return true
  return (await contactIdsOf(ctx)).includes(userId)
}
