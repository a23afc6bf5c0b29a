// The contract of last-seen times.
import { describe, expect, test } from 'vitest'
import { newUserId, person, start, type StoreOf } from './kit.ts'

export function presenceContract(storeOf: StoreOf): void {
  describe('presence', () => {
    test('[PRES-1] the latest time is kept; of those never seen there is none', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      await store.presence.setLastSeen(alice.id, start + 10)
      await store.presence.setLastSeen(alice.id, start + 5)
      const seen = await store.presence.lastSeen([alice.id, bob.id, newUserId()])
      expect(seen).toEqual(new Map([[alice.id, start + 10]]))
      expect(await store.presence.lastSeen([])).toEqual(new Map())
    })
  })
}
