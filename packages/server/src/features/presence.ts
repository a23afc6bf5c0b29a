// Presence and typing: ephemeral, for what is on screen (PRES-1). Who is there is the cluster's to know;
// this decides who may ask and be told. Nothing here is stored but `lastSeen`, and that lazily.
// How often one may say so is the table of rates' (`core/limits.ts`).
import type { Presence, UserId } from '@palabre/protocol'
import { memberOf } from '../core/access.ts'
import type { Context, Services } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { knownAmong } from '../core/people.ts'

export const presence = {
  async setTyping(ctx, { conversationId, state }) {
    await memberOf(ctx, conversationId)
    const membersRev = await ctx.memberships.membersRev(conversationId)
    const data = { conversationId, userId: ctx.userId, state }
    ctx.fanout.toConversation(conversationId, membersRev, 'typing', data, {
      except: [ctx.userId],
      volatile: true,
    })
    return {}
  },

  async setStatus(ctx, { status }) {
    ctx.cluster.presence.setStatus({ sessionId: ctx.sessionId, socketId: ctx.socketId }, status)
    return {}
  },

  async watchPresence(ctx, { userIds }) {
    const known = await knownAmong(ctx, userIds)
    // Watched first, then read: a change in between is told, and perhaps also answered.
    if (ctx.socketId !== null) ctx.cluster.presence.watch(ctx.socketId, known)
    return { presences: await presencesOf(ctx, known) }
  },
} satisfies Partial<Handlers>

/** Tells watchers of every change and keeps when people were last there. Answers how to stop. */
export function startPresence(services: Services): () => void {
  const { cluster, fanout, store, logger } = services
  return cluster.presence.onChange(({ userId, status, lastSeen, watcherIds, isHere }) => {
    const notice = { event: 'contact_status_changed' as const, userId, status, lastSeen }
    for (const watcherId of watcherIds) fanout.notifyUser(watcherId, notice)
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
