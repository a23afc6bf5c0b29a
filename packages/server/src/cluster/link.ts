// What a cluster needs of a message bus: words on named channels, and no promise that they arrive. One in memory joins
// the nodes of a process, for tests; `redis-link.ts` joins machines.
// Nobody ever waits for a link: what cannot be said at once is lost (P5).

export type Hearer = (word: Buffer, channel: string) => void

export interface Link {
  /** Says a word to whoever listens, this node too. False when it was lost already. */
  publish(channel: string, word: string): boolean
  /** One hearer a channel. Kept through interruptions. */
  subscribe(channel: string, hearer: Hearer): void
  unsubscribe(channels: string | readonly string[]): void
  /** Resolves when all subscriptions asked for so far are in force, or after `withinMs`, or at once without a bus. */
  settled(withinMs: number): Promise<void>
  /** True while there is a bus. */
  isUp(): boolean
  /** How often hearing was interrupted: what was said meanwhile is lost. */
  losses(): number
  /** Nothing is heard although there is a bus: the way to it is begun anew. */
  renew(): void
  close(): Promise<void>
}

export interface MemoryHub {
  /** A node's end. */
  join(): Link
  /** Cuts all links, or joins them again. */
  setUp(isUp: boolean): void
}

/** Joins nodes of one process. Words arrive in order, a turn of the event loop later. */
export function createMemoryHub(): MemoryHub {
  const ends = new Set<Map<string, Hearer>>()
  let isUp = true
  let losses = 0
  return {
    setUp(next) {
      if (!next) losses += 1
      isUp = next
    },
    join() {
      const hearers = new Map<string, Hearer>()
      ends.add(hearers)
      return {
        publish(channel, word) {
          if (!isUp || !ends.has(hearers)) return false
          queueMicrotask(() => {
            for (const end of ends) end.get(channel)?.(Buffer.from(word), channel)
          })
          return true
        },
        subscribe: (channel, hearer) => void hearers.set(channel, hearer),
        unsubscribe(channels) {
          for (const channel of [channels].flat()) hearers.delete(channel)
        },
        settled: () => Promise.resolve(),
        isUp: () => isUp,
        losses: () => losses,
        renew: () => undefined,
        close() {
          ends.delete(hearers)
          return Promise.resolve()
        },
      }
    },
  }
}
