// Port: how the tabs of one browser, which share a cache, reach each other and agree who leads. One adapter for
// browsers; tests bring their own. Where the browser has no Web Locks (plain http) there is none, and every tab is a
// device of its own on the shared cache: its writes are idempotent and the outbox's places are taken in transactions.

export interface TabPorts {
  /** What is posted reaches every other tab that listens to that name, in order; never the one that posts. */
  channel(name: string): TabChannel
  /** Asks for what one tab at a time may hold. It is let go when its tab goes, however that happens. */
  lock(name: string): TabLock
}

export interface TabChannel {
  /** Anything that can be cloned. */
  post(word: unknown): void
  /** One listener; the last one counts. */
  listen(listener: (word: unknown) => void): void
  close(): void
}

export interface TabLock {
  /** Resolves when it is this tab's. */
  readonly held: Promise<void>
  /** Lets it go, or waits no more. */
  release(): void
}

/** Web Locks and BroadcastChannel; undefined where the browser has not both. */
export function browserTabs(): TabPorts | undefined {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  if (!locks || typeof BroadcastChannel === 'undefined') return undefined
  return {
    channel(name) {
      const channel = new BroadcastChannel(name)
      return {
        post: (word) => channel.postMessage(word),
        listen(listener) {
          channel.onmessage = (event: MessageEvent<unknown>) => listener(event.data)
        },
        close: () => channel.close(),
      }
    },
    lock(name) {
      const asking = new AbortController()
      let release = () => asking.abort()
      const held = new Promise<void>((resolve) => {
        const hold = () =>
          new Promise<void>((letGo) => {
            release = letGo
            resolve()
          })
        locks.request(name, { signal: asking.signal }, hold).catch(() => undefined)
      })
      return { held, release: () => release() }
    },
  }
}
