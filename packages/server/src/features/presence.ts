// Presence and typing: ephemeral, for what is on screen (PRES-1). Who is there is the cluster's to know;
// this decides who may ask and be told. Nothing here is stored but `lastSeen`, and that lazily.
// How often one may say so is the table of rates' (`core/limits.ts`).
import type { Notice, Presence, UserId } from '@palabre/protocol'
import { memberOf } from '../core/access.ts'
import type { Context, Services } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { knownAmong } from '../core/people.ts'
import { mayWatch, watchable } from '../core/people/known.ts'
import { isBlockedBetween, isRequestBetween } from '../core/people/rules.ts'
import { directWith } from '../store/port/members.ts'

export const presence = {
  async setTyping(ctx, { conversationId, state }) {
    await memberOf(ctx, conversationId)
    const view = await ctx.memberships.view(conversationId)
    if (view === null) return {}
    const { blocked } = await ctx.rules.of(ctx.userId)
    const otherId = directWith(view.members, ctx.userId)
    if (otherId !== null && !(await mayType(ctx, otherId))) return {}
    const data = { conversationId, userId: ctx.userId, state }
    ctx.fanout.toConversation(conversationId, view.membersRev, 'typing', data, {
      except: [ctx.userId, ...[...blocked.keys()].filter((id) => view.members.has(id))],
      volatile: true,
    })
    return {}
  },

  async setStatus(ctx, { status }) {
    ctx.cluster.presence.setStatus({ sessionId: ctx.sessionId, socketId: ctx.socketId }, status)
    return {}
  },

  async watchPresence(ctx, { userIds }) {
    const known = await watchable(ctx, ctx.userId, await knownAmong(ctx, userIds))
    // Watched first, then read: a change in between is told, and perhaps also answered.
    if (ctx.socketId !== null) ctx.cluster.presence.watch(ctx.socketId, known)
    return { presences: await presencesOf(ctx, known) }
  },
} satisfies Partial<Handlers>

/** Tells watchers of every change and keeps when people were last there. Answers how to stop. */
export function startPresence(services: Services): () => void {
  const { cluster, fanout, store, logger } = services
  const failed = (err: unknown) => logger.warn({ err }, 'who watches could not be told')

  /** Whoever watches may have been shut out since. */
  async function tellWatcher(
    watcherId: UserId,
    notice: Extract<Notice, { event: 'contact_status_changed' }>,
  ) {
    if (await mayWatch(services, watcherId, notice.userId)) fanout.notifyUser(watcherId, notice)
  }

  return cluster.presence.onChange(({ userId, status, lastSeen, watcherIds, isHere }) => {
    const notice = { event: 'contact_status_changed' as const, userId, status, lastSeen }
    for (const watcherId of watcherIds) tellWatcher(watcherId, notice).catch(failed)
    if (!isHere) return
    // Also on coming and on going idle: a server that dies leaves something close to the truth.
    store.presence.setLastSeen(userId, lastSeen ?? services.now()).catch((err: unknown) => {
      logger.warn({ err, userId }, 'when somebody was last there could not be kept')
    })
  })
}

async function presencesOf(ctx: Context, userIds: UserId[]): Promise<Presence[]> {
  const present = await ctx.cluster.presence.of(userIds)
  const offline = present.filter((person) => person.status === 'offline').map((person) => person.userId)
  const seen = offline.length === 0 ? new Map<UserId, number>() : await ctx.store.presence.lastSeen(offline)
  return present.map((person) => ({
    ...person,
    lastSeen: person.lastSeen ?? seen.get(person.userId) ?? null,
  }))
}

/** Whether the other is told that one is writing (BLK-1, REQ-3). */
async function mayType(ctx: Context, otherId: UserId): Promise<boolean> {
  const [mine, theirs] = await Promise.all([ctx.rules.of(ctx.userId), ctx.rules.of(otherId)])
  const ends = [mine, ctx.userId, theirs, otherId] as const
  return !isBlockedBetween(...ends) && !isRequestBetween(...ends)
}
