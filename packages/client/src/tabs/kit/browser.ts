// A browser for tests, in one process: tabs that hear each other, one lock each at a time, and the end of a tab as it
// comes in life: at once, with everything that was under way.
import type { Cache } from '../../cache/port.ts'
import type { TabLock, TabPorts } from '../ports.ts'

export interface KitTab {
  readonly ports: TabPorts
  /** The shared cache as this tab has it: gone with the tab. */
  guard(cache: Cache): Cache
  /** The tab is no more: nobody hears it, it hears nobody, its locks are free, its cache takes nothing. */
  kill(): void
  /** Kills it before its `n`th write to the cache from now on (1: the next). */
  killBeforeWrite(n: number, then?: () => void): void
  readonly isDead: boolean
}

export interface KitBrowser {
  tab(): KitTab
  /** From now on only these words arrive. */
  passing(passes: (word: unknown) => boolean): void
}

interface Waiting {
  tab: object
  grant(): void
}

export function createBrowser(): KitBrowser {
  const listeners = new Set<{ tab: object; name: string; hear(word: unknown): void }>()
  const locks = new Map<string, Waiting[]>()
  let isPassing: (word: unknown) => boolean = () => true

  function next(name: string): void {
    locks.get(name)?.[0]?.grant()
  }

  function letGo(name: string, waiting: Waiting): void {
    const line = locks.get(name) ?? []
    const wasFirst = line[0] === waiting
    locks.set(
      name,
      line.filter((other) => other !== waiting),
    )
    if (wasFirst) next(name)
  }

  return {
    passing(passes) {
      isPassing = passes
    },
    tab() {
      const me = {}
      let isDead = false
      let untilKill: { writes: number; then: () => void } | null = null

      function lock(name: string): TabLock {
        let grant = () => {}
        const held = new Promise<void>((resolve) => (grant = resolve))
        const waiting: Waiting = { tab: me, grant }
        const line = [...(locks.get(name) ?? []), waiting]
        locks.set(name, line)
        if (line.length === 1) grant()
        return { held, release: () => letGo(name, waiting) }
      }

      function kill(): void {
        if (isDead) return
        isDead = true
        for (const listener of listeners) if (listener.tab === me) listeners.delete(listener)
        for (const [name, line] of [...locks])
          for (const waiting of line) if (waiting.tab === me) letGo(name, waiting)
      }

      function writing(): void {
        if (untilKill && --untilKill.writes <= 0) {
          const { then } = untilKill
          untilKill = null
          kill()
          then()
        }
        living()
      }

      function living(): void {
        if (isDead) throw new Error('the tab is gone')
      }

      return {
        ports: {
          channel(name) {
            const own = { tab: me, name, hear: (_word: unknown) => {} }
            return {
              post(word) {
                if (isDead || !isPassing(word)) return
                const copy = structuredClone(word)
                for (const other of [...listeners])
                  if (other.name === name && other.tab !== me)
                    setTimeout(() => {
                      if (listeners.has(other)) other.hear(copy)
                    })
              },
              listen(listener) {
                own.hear = listener
                if (!isDead) listeners.add(own)
              },
              close: () => void listeners.delete(own),
            }
          },
          lock,
        },
        guard(cache) {
          const guarded: Record<string, unknown> = { close: () => Promise.resolve() }
          for (const [name, job] of Object.entries(cache) as [string, (...args: unknown[]) => unknown][])
            guarded[name] ??= async (...args: unknown[]) => {
              if (name === 'read' || name === 'messages') living()
              else writing()
              return await job(...args)
            }
          return guarded as unknown as Cache
        },
        kill,
        killBeforeWrite(n, then = () => {}) {
          untilKill = { writes: n, then }
        },
        get isDead() {
          return isDead
        },
      }
    },
  }
}
