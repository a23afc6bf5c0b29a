// One tab has the cache. Two engines on one database would move its cursors past each other and give two entries of
// the outbox the same place; so the first tab takes a lock, and another one, as long as it waits in vain, is a device
// of its own with a cache in memory. Storage that fails is `kept.ts`'s affair.
// It promises nothing where the browser has no Web Locks (plain http).
import type { UserId } from '@palabre/protocol'
import { indexedDbName, openIndexedDbCache, removeIndexedDbCache } from './indexeddb.ts'
import { createKeptCaches } from './kept.ts'
import { memoryCache } from './memory.ts'
import type { Cache } from './port.ts'

/** A page that is being reloaded lets go of its lock only when it is gone. */
const LOCK_WAIT_MS = 1_500

const openKeptCache = createKeptCaches({ open: openIndexedDbCache, remove: removeIndexedDbCache })

/** The user's cache for this tab. */
export async function openTabCache(userId: UserId): Promise<Cache> {
  const letGo = await lock(indexedDbName(userId))
  if (letGo === null) return memoryCache()
  const cache = await openKeptCache(userId)
  return {
    ...cache,
    close: () => cache.close().finally(letGo),
    destroy: () => cache.destroy().finally(letGo),
  }
}

/** Answers how to let go; null: another tab has it. */
async function lock(name: string): Promise<(() => void) | null> {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  if (!locks) return () => undefined
  return await new Promise((resolve) => {
    locks
      .request(name, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, () => {
        // Held until the promise that this answers is fulfilled, or the page goes.
        return new Promise<void>((letGo) => resolve(() => letGo()))
      })
      .catch(() => resolve(null))
  })
}
