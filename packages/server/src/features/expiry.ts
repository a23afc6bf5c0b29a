// Disappearing messages (DIS-1 … DIS-5): the timer is a system message; what it means for a new message is decided by the
// commit (`expiryOf`). Here runs what makes them disappear: every node looks for messages whose time is over and changes
// each into what is left of it. That is a change like any other, so that logs, caches, the search and media follow;
// a second node that comes to the same message finds nothing left to change.
import { expireBody } from '@palabre/protocol'
import { conversationOf, memberOf } from '../core/access.ts'
import type { Services } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'

/** Ms between two looks: how late a message may be purged. Nobody is shown it meanwhile. */
const everyMs = 1_000
/** Messages that one look takes; more wait for the next, which comes at once. */
const atOnce = 200

export const expiry = {
  async setTimer(ctx, { conversationId, expireAfterMs }) {
    await memberOf(ctx, conversationId)
    await ctx.log.append(ctx, {
      conversationId,
      content: { kind: 'system', body: { event: 'timer_changed', expireAfterMs } },
    })
    return { conversation: await conversationOf(ctx, conversationId) }
  },
} satisfies Partial<Handlers>

/** Begins at once: what a restored store holds may be long over. Answers how to stop. */
export function startExpiry({ store, log, logger, now }: Services): () => void {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  async function purge(): Promise<boolean> {
    const found = await store.log.expired(now(), atOnce)
    for (const target of found) {
      if (isStopped) return false
      await log.expire(target, (message) => expireBody(message, now()))
    }
    return found.length === atOnce
  }

  async function look(): Promise<void> {
    let isMore = false
    try {
      isMore = await purge()
    } catch (err) {
      if (!isStopped) logger.warn({ err }, 'messages whose time is over could not be purged: they will be')
    }
    if (!isStopped) timer = setTimeout(() => void look(), isMore ? 0 : everyMs).unref()
  }

  void look()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
