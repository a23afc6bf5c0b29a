// Gathers notices for a moment and keeps the latest of each subject: a class that comes online together is
// one packet a watcher, not thirty (the seed's section 8). What is full goes at once, so nobody's waiting grows
// beyond one packet. Knows nothing of sockets.
import { limits, type Notice } from '@palabre/protocol'

export interface Batches<K> {
  add(target: K, notice: Notice): void
  /** Forgets what is waiting. */
  close(): void
}

/** Sends each target's notices at most `afterMs` after the first of them. */
export function createBatches<K>(afterMs: number, send: (target: K, notices: Notice[]) => void): Batches<K> {
  const waiting = new Map<K, Map<string, Notice>>()
  let timer: NodeJS.Timeout | null = null

  function flush() {
    timer = null
    const due = [...waiting]
    waiting.clear()
    for (const [target, bySubject] of due) send(target, [...bySubject.values()])
  }

  return {
    add(target, notice) {
      const bySubject = waiting.get(target) ?? new Map<string, Notice>()
      waiting.set(target, bySubject)
      bySubject.set(subjectOf(notice), notice)
      if (bySubject.size >= limits.batchNotices) {
        waiting.delete(target)
        send(target, [...bySubject.values()])
      }
      timer ??= setTimeout(flush, afterMs)
    },
    close() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      waiting.clear()
    },
  }
}

function subjectOf(notice: Notice): string {
  return `${notice.event} ${notice.event === 'contact_status_changed' ? notice.userId : notice.conversationId}`
}
