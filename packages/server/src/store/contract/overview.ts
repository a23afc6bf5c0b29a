// The contract of what an operator sees of everybody.
import { describe, expect, test } from 'vitest'
import { direct, group, newUserId, person, say, start, type StoreOf } from './kit.ts'

export function overviewContract(storeOf: StoreOf): void {
  describe('overview', () => {
    test('[OPS-1] people come the latest first, page by page, or by a name; who was erased does not', async () => {
      const store = storeOf()
      const { overview } = store
      const [one, two, gone] = [
        await person(store, 'Ova One'),
        await person(store, 'Ova Two'),
        await person(store),
      ]
      await store.presence.setLastSeen(one.id, start)
      await store.erasures.tombstone(gone.id)
      const named = await overview.people({ query: 'ova', before: null, limit: 9 })
      expect(named.map(({ user }) => user.id)).toEqual([two.id, one.id])
      expect(named[1]).toEqual({
        user: one,
        role: 'member',
        createdAt: start,
        lastSeenAt: start,
        suspendedAt: null,
        sessions: 0,
        bytes: 0,
      })
      expect(await overview.person(one.id)).toEqual(named[1])
      expect(await overview.person(newUserId())).toBeNull()
      const next = await overview.people({ query: 'ova', before: two.id, limit: 1 })
      expect(next.map(({ user }) => user.id)).toEqual([one.id])
      const all = (await overview.people({ query: null, before: null, limit: 10_000 })).map(
        ({ user }) => user.id,
      )
      expect(all.indexOf(two.id)).toBeLessThan(all.indexOf(one.id))
      expect(all).not.toContain(gone.id)
    })

    test('[OPS-2] who is suspended is so until they are let in again', async () => {
      const store = storeOf()
      const alice = await person(store)
      expect(await store.overview.suspend(alice.id, start)).toBe(true)
      expect(await store.overview.suspendedAt(alice.id)).toBe(start)
      expect(await store.overview.person(alice.id)).toMatchObject({ suspendedAt: start })
      expect(await store.overview.suspend(alice.id, null)).toBe(true)
      expect(await store.overview.suspendedAt(alice.id)).toBeNull()
      expect(await store.overview.suspend(newUserId(), start)).toBe(false)
    })

    test('[OPS-1] groups with their sizes, without what is said; direct conversations are nobody’s to list', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob], 'Listed')
      const pair = await direct(store, alice, bob)
      await say(store, alice, id, 'one')
      const rows = await store.overview.groups({ after: null, limit: 10_000 })
      expect(rows.find((row) => row.id === id)).toMatchObject({
        title: 'Listed',
        memberCount: 2,
        messages: 2,
        bytes: 0,
      })
      expect(rows.some((row) => row.id === pair)).toBe(false)
      const totals = await store.overview.totals()
      expect(totals.messages).toBeGreaterThan(1)
      expect(totals.conversations).toBeGreaterThan(1)
      expect(await store.overview.largest(3)).toEqual(expect.any(Array))
      expect(await store.overview.heaviest(3)).toEqual(expect.any(Array))
    })
  })
}
