// The memory adapter keeps to the contract. IndexedDB's turn is in a real browser: tests/e2e/cache-contract.test.ts.
import type { UserId } from '@palabre/protocol'
import { describe, test } from 'vitest'
import { v7 } from 'uuid'
import { cacheContract } from './contract.ts'
import { memoryCache } from './memory.ts'
import type { Cache } from './port.ts'

describe('the cache in memory', () => {
  for (const { name, run } of cacheContract) {
    test(name, async () => {
      const caches = new Map<UserId, Cache>()
      const open = async (userId: UserId) => {
        const cache = caches.get(userId) ?? memoryCache()
        caches.set(userId, cache)
        return cache
      }
      await run(open, v7() as UserId)
    })
  }
})
