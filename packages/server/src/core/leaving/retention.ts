// Messages that are older than the server keeps them (RET-1): now and then every conversation is looked through from where the
// last look ended, and what is too old becomes as deleted for everyone, by a change like any other; so logs, caches, the
// search and media follow. Numbers stay dense, and what the system said stays. Several nodes may come to the same message:
// all but the first find nothing left to change.
import { deleteBody, type ConversationId } from '@palabre/protocol'
import type { Services } from '../context.ts'

const everyMs = 60 * 60_000
const pageIds = 200
const pageMessages = 100
const dayMs = 24 * 60 * 60_000

/** Begins at once; nothing where the server keeps everything. Answers how to stop. */
export function startRetention({ config, store, log, now, takeTurn, logger }: Services): () => void {
  const { retentionDays } = config
  // Put so that what is no number of days keeps everything: the other way round would delete it.
  if (!(retentionDays >= 1)) return () => undefined
  let isStopped = false
  let isRunning = false
  /** Up to where each conversation has been looked through. */
  const done = new Map<ConversationId, number>()

  async function sweep(conversationId: ConversationId, before: number): Promise<void> {
    for (;;) {
      const page = await store.log.after(conversationId, done.get(conversationId) ?? 0, 1, pageMessages)
      for (const { id, seq, createdAt, senderId, kind, deletedAt } of page) {
        // Times grow with the numbers: what follows is younger.
        if (createdAt >= before || isStopped) return
        if (kind !== 'system' && deletedAt === null) {
          await takeTurn()
          await log.expire({ conversationId, id }, (message) =>
            deleteBody(message, { userId: senderId, isModerator: true, now: now() }),
          )
        }
        done.set(conversationId, seq)
      }
      if (page.length < pageMessages) return
    }
  }

  async function run(): Promise<void> {
    if (isRunning) return
    isRunning = true
    try {
      const before = now() - retentionDays * dayMs
      let ids = await store.conversations.idsAfter(null, pageIds)
      while (ids.length > 0 && !isStopped) {
        for (const id of ids) await sweep(id, before)
        ids = await store.conversations.idsAfter(ids.at(-1) ?? null, pageIds)
      }
    } catch (err) {
      if (!isStopped) logger.warn({ err }, 'old messages could not be taken away: they will be')
    } finally {
      isRunning = false
    }
  }

  void run()
  const timer = setInterval(() => void run(), everyMs)
  timer.unref()
  return () => {
    isStopped = true
    clearInterval(timer)
  }
}
