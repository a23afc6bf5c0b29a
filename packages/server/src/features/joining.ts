// Coming into a group by oneself (LINK-1 … LINK-4). The link is in the header's settings, and whoever comes in by it is a
// system message (LOG-6): the commit counts the uses, so that of two who race for the last one wins. Who waits to be let
// in has an entry in their own account's log, and admins have the number of them in theirs: so every device learns of it.
// A code that is unknown, used up, run out or taken away is answered alike.
import { randomBytes } from 'node:crypto'
import {
  MediaId,
  PalabreError,
  hasRole,
  keptKey,
  limits,
  type AccountEntry,
  type ConversationId,
  type JoinLink,
  type UserId,
} from '@palabre/protocol'
import { conversationOf, memberOf } from '../core/access.ts'
import type { Context } from '../core/context.ts'
import { codeOf, isProof, readCode } from '../core/credentials/link-codes.ts'
import type { Handlers } from '../core/handlers.ts'
import type { ConversationRow } from '../store/port/conversations.ts'
import { isOpenFor, isUsable } from '../store/port/fold.ts'

const saltBytes = 16

export const joining = {
  async makeLink(ctx, { conversationId, expiresInMs, maxUses, needsApproval }) {
    await memberOf(ctx, conversationId, 'admin')
    const madeAt = ctx.now()
    const expiresAt = expiresInMs === null ? null : madeAt + expiresInMs
    const salt = randomBytes(saltBytes).toString('base64url')
    await setLink(ctx, conversationId, { salt, madeAt, expiresAt, maxUses, uses: 0, needsApproval })
    return {
      conversation: await conversationOf(ctx, conversationId),
      code: codeOf(ctx.config.refreshKey, conversationId, salt),
    }
  },

  async getLink(ctx, { conversationId }) {
    await memberOf(ctx, conversationId, 'admin')
    const row = await ctx.store.conversations.byId(conversationId)
    const link = row?.header.settings.link ?? null
    return { code: link === null ? null : codeOf(ctx.config.refreshKey, conversationId, link.salt) }
  },

  async dropLink(ctx, { conversationId }) {
    await memberOf(ctx, conversationId, 'admin')
    await setLink(ctx, conversationId, null)
    return { conversation: await conversationOf(ctx, conversationId) }
  },

  async lookAtLink(ctx, { code }) {
    const { row, link, isMember } = await opened(ctx, code)
    const { id, title, description, memberCount, avatarId } = row.header
    const asking = await ctx.store.account.holdersOf(keptKey('ask', id))
    return {
      title: title ?? '',
      description,
      memberCount,
      photo: avatarId === null ? null : await ctx.media.smallPhoto(MediaId.parse(avatarId)),
      needsApproval: !isOpenFor(link, ctx.userId, ctx.now()),
      isAsking: asking.has(ctx.userId),
      conversationId: isMember ? id : null,
    }
  },

  async joinByLink(ctx, { code }) {
    const { row, link, isMember } = await opened(ctx, code)
    const conversationId = row.header.id
    if (isMember) return { conversationId, isAsking: false }
    if (!isOpenFor(link, ctx.userId, ctx.now())) {
      await ask(ctx, conversationId)
      return { conversationId, isAsking: true }
    }
    await ctx.log.append(ctx, {
      conversationId,
      content: {
        kind: 'system',
        body: { event: 'members_added', userIds: [ctx.userId], link: link.salt },
      },
    })
    await settled(ctx, conversationId, ctx.userId)
    return { conversationId, isAsking: false }
  },

  async listAsking(ctx, { conversationId }) {
    await memberOf(ctx, conversationId, 'admin')
    const asking = await askingIn(ctx, conversationId)
    // What one is shown is what one's devices say from now on.
    await tellAdmin(ctx, conversationId, ctx.userId, asking.length)
    const users = new Map((await ctx.store.users.byIds(asking.map(({ userId }) => userId))).map(byId))
    return {
      asking: asking.flatMap(({ userId, at }) => {
        const user = users.get(userId)
        return user === undefined ? [] : [{ user, at }]
      }),
    }
  },

  async answerAsking(ctx, { conversationId, userId, isWelcome }) {
    await memberOf(ctx, conversationId, 'admin')
    const asking = await askingIn(ctx, conversationId)
    // Another admin has answered already: there is nothing left to do.
    if (!asking.some((one) => one.userId === userId)) return {}
    if (isWelcome) {
      await ctx.log.append(ctx, {
        conversationId,
        content: { kind: 'system', body: { event: 'members_added', userIds: [userId] } },
        requires: 'admin',
      })
    }
    await settled(ctx, conversationId, userId)
    return {}
  },
} satisfies Partial<Handlers>

const byId = <T extends { id: UserId }>(user: T): [UserId, T] => [user.id, user]

async function setLink(ctx: Context, conversationId: ConversationId, link: JoinLink | null) {
  await ctx.log.append(ctx, {
    conversationId,
    content: { kind: 'system', body: { event: 'link_changed', link } },
    requires: 'admin',
  })
}

/** What a code leads to. @throws LINK_INVALID */
async function opened(
  ctx: Context,
  code: string,
): Promise<{ row: ConversationRow; link: JoinLink; isMember: boolean }> {
  const read = readCode(code)
  const row = read === null ? null : await ctx.store.conversations.byId(read.conversationId)
  const link = row?.header.settings.link ?? null
  if (read === null || row === null || link === null || !isProof(ctx.config.refreshKey, read, link.salt))
    throw new PalabreError('LINK_INVALID')
  const isMember = await ctx.memberships.isMember(row.header.id, ctx.userId)
  if (!isMember && !isUsable(link, ctx.now())) throw new PalabreError('LINK_INVALID')
  return { row, link, isMember }
}

/** Who waits, the longest first; who has come in by another way waits no more. */
async function askingIn(
  ctx: Context,
  conversationId: ConversationId,
): Promise<{ userId: UserId; at: number }[]> {
  const [held, view] = await Promise.all([
    ctx.store.account.holdersOf(keptKey('ask', conversationId)),
    ctx.memberships.view(conversationId),
  ])
  return [...held]
    .filter(([userId]) => view?.members.has(userId) !== true)
    .map(([userId, value]) => ({ userId, at: value?.at ?? 0 }))
    .sort((a, b) => a.at - b.at || (a.userId < b.userId ? -1 : 1))
}

async function ask(ctx: Context, conversationId: ConversationId): Promise<void> {
  const asking = await askingIn(ctx, conversationId)
  if (asking.some(({ userId }) => userId === ctx.userId)) return
  if (asking.length >= limits.groupAsking) throw new PalabreError('GROUP_FULL')
  await put(ctx, ctx.userId, keptKey('ask', conversationId), { at: ctx.now(), isAsking: true })
  await tellAdmins(ctx, conversationId)
}

/** Nobody waits any more: they are in, or were not let in. */
async function settled(ctx: Context, conversationId: ConversationId, userId: UserId): Promise<void> {
  const wasAsking = await put(ctx, userId, keptKey('ask', conversationId), null)
  if (wasAsking) await tellAdmins(ctx, conversationId)
}

async function tellAdmins(ctx: Context, conversationId: ConversationId): Promise<void> {
  const [asking, view] = await Promise.all([
    askingIn(ctx, conversationId),
    ctx.memberships.view(conversationId),
  ])
  const admins = [...(view?.members.values() ?? [])]
    .filter(({ role }) => hasRole(role, 'admin'))
    .sort((a, b) => a.joinedSeq - b.joinedSeq)
    .slice(0, limits.groupAskingTold)
  for (const { userId } of admins) await tellAdmin(ctx, conversationId, userId, asking.length)
}

async function tellAdmin(ctx: Context, conversationId: ConversationId, userId: UserId, askers: number) {
  const key = keptKey('askers', conversationId)
  const held = (await ctx.store.account.under(userId, key))[0]?.value ?? null
  const known = held !== null && 'askers' in held ? held.askers : 0
  if (known === askers) return
  if (askers > 0) await put(ctx, userId, key, { at: ctx.now(), askers })
  else await put(ctx, userId, key, null)
}

/** Stores, then tells that person's devices; false when nothing changed. */
async function put(
  ctx: Context,
  userId: UserId,
  key: AccountEntry['key'],
  value: AccountEntry['value'],
): Promise<boolean> {
  const entry = await ctx.store.account.put(userId, key, value)
  if (entry !== null) ctx.fanout.toUser(userId, 'account_updated', { rev: entry.rev, entry })
  return entry !== null
}
