// This tab among those that have the same cache open: alone, first, or behind another one. What leading and following
// take is loaded beside (`tabs.ts`); here is only what every page needs at its start.
import type { UserId } from '@palabre/protocol'
import type { Signals, TabRole } from '../api.ts'
import { createSource, type Source } from '../observable.ts'
import type { OutboxChange } from '../outbox/door.ts'
import type { TabHost } from './host.ts'
import type { TabLock, TabPorts } from './ports.ts'
import type { Tabs } from './tabs.ts'
import type { Ask, Attention, News } from './words.ts'

/** A page that was loaded again may find the lock not yet let go by the one before it. */
const LOCK_WAIT_MS = 50
const nobodyLooks: Attention = { isVisible: false, isFocused: false }

export interface Place {
  readonly role: Source<TabRole>
  /** Of the device: who looks at another tab looks at it. */
  readonly signals: Signals
  isLookedAt(): boolean
  /** Gets in line. True: this tab is the first, or alone, and leads. */
  take(userId: UserId): Promise<boolean>
  /** Begins to follow, or lets itself be followed. Resolves when it shows what there is. */
  join(host: Omit<TabHost, 'ports' | 'lock' | 'signals' | 'othersAre' | 'setRole'>): Promise<void>
  /** How to ask the tab that leads; null: this one does. */
  remote(): ((ask: Ask) => Promise<unknown>) | null
  hasOthers(): boolean
  outboxChanged(change: OutboxChange): void
  tell(news: News): void
  /** Neither leads nor follows any more. */
  leave(): void
  /** Another tab may lead from now on. */
  letGo(): void
}

/** `ports` are absent where there can be no other tab. */
export function createPlace(ports: TabPorts | undefined, own: Signals): Place {
  const role = createSource<TabRole>('alone')
  const others = createSource(nobodyLooks)
  let lock: TabLock | null = null
  let isFirst = true
  let tabs: Tabs | null = null

  function letGo(): void {
    lock?.release()
    lock = null
  }

  return {
    role,
    signals: {
      isOnline: () => own.isOnline(),
      isVisible: () => own.isVisible() || others.get().isVisible,
      subscribe(listener) {
        const stops = [own.subscribe(listener), others.subscribe(listener)]
        return () => stops.forEach((stop) => stop())
      },
    },
    isLookedAt: () => (own.isVisible() && own.isFocused?.() !== false) || others.get().isFocused,

    async take(userId) {
      lock = ports?.lock(`palabre-cache-${userId}`) ?? null
      isFirst = lock === null || (await isSoon(lock.held))
      return isFirst
    },

    async join(host) {
      const mine = lock
      if (!mine || !ports) return
      const joined = import('./tabs.ts').then(({ joinTabs }) => {
        // Who was here may have gone meanwhile.
        if (mine !== lock) return
        const edges = { ports, lock: mine, signals: own, othersAre: others.set, setRole: role.set }
        tabs = joinTabs({ ...host, ...edges }, isFirst)
        return tabs.shown
      })
      // Who leads does not wait for it.
      if (isFirst) joined.catch(() => undefined)
      else await joined
    },

    remote: () => tabs?.remote() ?? null,
    hasOthers: () => tabs?.hasOthers() ?? false,
    outboxChanged: (change) => tabs?.outboxChanged(change),
    tell: (news) => tabs?.tell(news),

    leave() {
      tabs?.leave()
      tabs = null
      others.set(nobodyLooks)
      role.set('alone')
    },
    letGo,
  }
}

async function isSoon(held: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, LOCK_WAIT_MS, false)
  })
  return await Promise.race([held.then(() => true), late]).finally(() => clearTimeout(timer))
}
