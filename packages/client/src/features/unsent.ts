// What people left unsent on this device when their session ended elsewhere (CON-3): it stays, under their own name,
// until they sign in again, which sends it, or until someone here discards it. Nobody else's engine opens it (SEC-31).
// It keeps who and how many; the messages themselves stay in their cache.
import type { User, UserId } from '@palabre/protocol'
import type { Client, SessionStorage, Unsent } from '../api.ts'
import type { Cache } from '../cache/port.ts'
import { createSource } from '../observable.ts'

export interface UnsentWork {
  readonly api: Client['unsent']
  /** Reads what earlier pages left. */
  load(): Promise<void>
  /** A session is over; what its outbox holds stays behind. */
  leave(user: User, cache: Cache, isDurable: boolean): Promise<void>
  /** This person is back: what they left is in their outbox again. */
  back(userId: UserId): Promise<void>
}

export function createUnsent(options: {
  sessions: SessionStorage
  openCache: (userId: UserId) => Promise<Cache>
}): UnsentWork {
  const { sessions, openCache } = options
  const list = createSource<readonly Unsent[]>([])

  async function set(next: readonly Unsent[]): Promise<void> {
    list.set(next)
    await sessions.saveUnsent?.(next)
  }

  const without = (userId: UserId) => list.get().filter(({ user }) => user.id !== userId)

  async function back(userId: UserId): Promise<void> {
    if (list.get().some(({ user }) => user.id === userId)) await set(without(userId))
  }

  return {
    back,
    async load() {
      // What was only in an earlier page's memory went with it.
      list.set(((await sessions.loadUnsent?.()) ?? []).filter((one) => one.isDurable))
    },
    async leave(user, cache, isDurable) {
      const { outbox } = await cache.read()
      const written = outbox.filter(({ operation }) => operation.name !== 'keep')
      const count = new Set(written.map(({ messageId }) => messageId)).size
      if (count > 0) await set([...without(user.id), { user, count, isDurable }])
    },
    api: {
      list,
      async discard(userId) {
        const cache = await openCache(userId)
        await cache.destroy()
        await back(userId)
      },
    },
  }
}
