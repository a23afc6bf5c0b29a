// The contract of the account's log: latest state by key, a dense rev a user.
import { describe, expect, test } from 'vitest'
import { newUserId, person, start, upTo, type StoreOf } from './kit.ts'

export function accountContract(storeOf: StoreOf): void {
  describe('account', () => {
    test('[SYNC-2] each change takes the next rev of its user, and only its latest state is kept', async () => {
      const { account, ...store } = storeOf()
      const [alice, bob] = [await person(storeOf()), await person(storeOf())]
      expect(store.epoch).not.toBe('')
      const value = { userId: newUserId(), addedAt: start }
      const other = { userId: newUserId(), addedAt: start }
      expect(await account.rev(alice.id)).toBe(0)
      expect(await account.put(alice.id, 'contact:a', value)).toEqual({ rev: 1, key: 'contact:a', value })
      expect(await account.put(alice.id, 'contact:b', other)).toMatchObject({ rev: 2 })
      expect(await account.put(alice.id, 'contact:a', value)).toBeNull()
      expect(await account.put(alice.id, 'contact:a', null)).toEqual({
        rev: 3,
        key: 'contact:a',
        value: null,
      })
      expect(await account.put(alice.id, 'contact:a', null)).toBeNull()
      expect(await account.put(alice.id, 'contact:never', null)).toBeNull()
      expect(await account.rev(alice.id)).toBe(3)
      expect(await account.rev(bob.id)).toBe(0)
      expect((await account.since(alice.id, 1)).map(({ rev, key }) => [rev, key])).toEqual([
        [2, 'contact:b'],
        [3, 'contact:a'],
      ])
      expect(await account.since(alice.id, 3)).toEqual([])
      expect(await account.since(alice.id, 0)).toEqual([{ rev: 2, key: 'contact:b', value: other }])
    })

    test('[SYNC-2] racing changes take dense revs', async () => {
      const store = storeOf()
      const alice = await person(store)
      const entries = await Promise.all(
        upTo(30).map((number) =>
          store.account.put(alice.id, `contact:${number}`, { userId: alice.id, addedAt: number }),
        ),
      )
      expect(entries.map((entry) => entry?.rev).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(upTo(30))
    })
  })
}
