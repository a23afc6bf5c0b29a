// Contacts: the people one has chosen to keep, in the account's own log, on every device.
import { PalabreError, contactKey, limits, type AccountEntry } from '@palabre/protocol'
import type { Context } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { pageOfIds } from '../core/id-pages.ts'
import { isLeaving } from '../core/leaving/leaving.ts'
import { contactIdsOf } from '../core/people.ts'
import { shownUsers } from '../core/people/profiles.ts'

export const contacts = {
  async listContacts(ctx, { limit, cursor }) {
    const ids = await contactIdsOf(ctx)
    if (limit === undefined && cursor === undefined) {
      const users = await shownUsers(ctx, await ctx.store.users.byIds(ids))
      return { contacts: users.sort((a, b) => a.displayName.localeCompare(b.displayName)), cursor: null }
    }
    const page = pageOfIds('contacts', ids, { cursor: cursor ?? '', limit: limit ?? limits.pageDefault })
    const users = await shownUsers(ctx, await ctx.store.users.byIds(page.ids))
    return { contacts: users.sort((a, b) => (a.id < b.id ? -1 : 1)), cursor: page.cursor }
  },

  async addContact(ctx, { userId }) {
    // Where the directory is closed one still gets an id by an exact username, so that is enough here too.
    const user = await ctx.store.users.byId(userId)
    if (user === null || userId === ctx.userId || (await isLeaving(ctx, userId)))
      throw new PalabreError('USER_NOT_FOUND')
    const isKept = (await contactIdsOf(ctx)).includes(userId)
    if (!isKept) await put(ctx, contactKey(userId), { userId, addedAt: ctx.now() })
    return {}
  },

  async removeContact(ctx, { userId }) {
    await put(ctx, contactKey(userId), null)
    return {}
  },
} satisfies Partial<Handlers>

/** Stores, then tells the user's own devices. */
async function put(ctx: Context, key: AccountEntry['key'], value: AccountEntry['value']) {
  const entry = await ctx.store.account.put(ctx.userId, key, value)
  if (entry !== null) ctx.fanout.toUser(ctx.userId, 'account_updated', { rev: entry.rev, entry })
}
