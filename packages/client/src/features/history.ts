// The history of each conversation, verified: how far the comparison with the server is. The comparing and mending is
// `sync/repair.ts`, which is loaded when there is something to compare: after a sync, or when someone looks.
import type { ConversationId } from '@palabre/protocol'
import type { HistoryState, Observable } from '../api.ts'
import type { Engine } from '../engine.ts'
import { createDerived, type Derived } from '../observable.ts'
import type { Repair } from '../sync/repair.ts'

export interface History {
  /** Compared while someone subscribes. */
  of(id: ConversationId): Observable<HistoryState>
  settled(changed: Iterable<ConversationId>, isWhole: boolean): void
  disconnected(): void
}

const unknown: HistoryState = { name: 'unknown' }

export function createHistory(engine: Engine, random: () => number): History {
  const views = new Map<ConversationId, Derived<HistoryState>>()
  let repair: Repair | null = null
  let loading: Promise<void> | null = null

  function withRepair(job: (loaded: Repair) => void): void {
    loading ??= import('../sync/repair.ts').then(
      ({ createRepair }) => {
        repair = createRepair({ engine, random, onState: (id) => views.get(id)?.invalidate() })
      },
      () => {
        loading = null
      },
    )
    void loading.then(() => repair && job(repair))
  }

  return {
    of(id) {
      const held = views.get(id)
      if (held) return held
      const made = createDerived(
        () => repair?.stateOf(id) ?? unknown,
        (isUsed) => withRepair((loaded) => loaded.look(id, isUsed)),
      )
      views.set(id, made)
      return made
    },
    settled: (changed, isWhole) => withRepair((loaded) => loaded.settled(changed, isWhole)),
    disconnected: () => repair?.stop(),
  }
}
