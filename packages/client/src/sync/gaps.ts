// Changes that came too early: kept, retried in `rev` order, and after 150 ms without the missing ones (the
// stragglers of another node) reported, so that the difference is asked for (SYNC-3). Each further report of the
// same gap waits longer, and a `rev` that nobody can explain is given up.
import { limits, type ConversationId } from '@palabre/protocol'
import type { Change } from './timeline.ts'

export interface Gaps {
  keep(id: ConversationId, change: Change): void
  /** The head is said to be at `rev`: something is missing unless it comes soon. */
  suspect(id: ConversationId, rev: number): void
  /** Takes out the change that follows the cursor, if it is here; forgets those at or below. */
  next(id: ConversationId): Change | null
  ids(): ConversationId[]
  drop(id: ConversationId): void
  clear(): void
}

interface Gap {
  changes: Map<number, Change>
  head: number
  reports: number
  timer: ReturnType<typeof setTimeout> | undefined
}

const MOST_REPORTS = 6

export function createGaps(options: {
  /** Null: the conversation is not held. */
  cursorOf: (id: ConversationId) => number | null
  onMissing: (id: ConversationId) => void
}): Gaps {
  const gaps = new Map<ConversationId, Gap>()

  function gapOf(id: ConversationId): Gap {
    const known = gaps.get(id)
    if (known) return known
    const made: Gap = { changes: new Map(), head: 0, reports: 0, timer: undefined }
    gaps.set(id, made)
    return made
  }

  function drop(id: ConversationId): void {
    clearTimeout(gaps.get(id)?.timer)
    gaps.delete(id)
  }

  function watch(id: ConversationId, gap: Gap): void {
    if (gap.timer !== undefined) return
    gap.timer = setTimeout(() => report(id, gap), limits.gapWaitMs * 2 ** gap.reports)
  }

  function report(id: ConversationId, gap: Gap): void {
    gap.timer = undefined
    const cursor = options.cursorOf(id)
    if (cursor === null || cursor >= gap.head || gap.reports >= MOST_REPORTS) {
      drop(id)
      return
    }
    gap.reports++
    options.onMissing(id)
    watch(id, gap)
  }

  return {
    keep(id, change) {
      const gap = gapOf(id)
      gap.changes.set(change.rev, change)
      gap.head = Math.max(gap.head, change.rev)
      watch(id, gap)
    },
    suspect(id, rev) {
      const gap = gapOf(id)
      gap.head = Math.max(gap.head, rev)
      watch(id, gap)
    },
    next(id) {
      const gap = gaps.get(id)
      const cursor = options.cursorOf(id)
      if (!gap || cursor === null) return null
      if (cursor >= gap.head) {
        drop(id)
        return null
      }
      for (const rev of gap.changes.keys()) if (rev <= cursor) gap.changes.delete(rev)
      const change = gap.changes.get(cursor + 1) ?? null
      if (change) gap.changes.delete(cursor + 1)
      return change
    },
    ids: () => [...gaps.keys()],
    drop,
    clear() {
      for (const id of [...gaps.keys()]) drop(id)
    },
  }
}
