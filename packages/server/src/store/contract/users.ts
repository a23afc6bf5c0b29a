// The contract of accounts and profiles.
import { describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import { direct, expectRefusal, newUserId, person, start, upTo, type StoreOf } from './kit.ts'

export function usersContract(storeOf: StoreOf): void {
  describe('users', () => {
    const input = (username: string, skeleton = username) => ({
      id: newUserId(),
      username,
      skeleton,
      displayName: 'Someone',
      passwordHash: 'secret',
      now: start,
    })

    test('an account is found by id and username; its password hash only by its credentials', async () => {
      const { users } = storeOf()
      const username = `name${v7().slice(-8)}`
      const user = await users.create(input(username))
      expect(user).toMatchObject({ username, displayName: 'Someone', about: '', avatarId: null })
      expect(await users.byId(user.id)).toEqual(user)
      expect(await users.byUsername(username)).toEqual(user)
      expect(await users.byIds([user.id, newUserId()])).toEqual([user])
      expect(await users.byIds([])).toEqual([])
      expect(await users.credentials(username)).toEqual({ user, passwordHash: 'secret' })
      await users.setPasswordHash(user.id, 'other')
      expect((await users.credentials(username))?.passwordHash).toBe('other')
      expect(await users.byId(newUserId())).toBeNull()
      expect(await users.byUsername('nobody-of-that-name')).toBeNull()
      expect(await users.credentials('nobody-of-that-name')).toBeNull()
    })

    test('of racing registrations of one name, or of look-alikes, one succeeds', async () => {
      const { users } = storeOf()
      const name = `race${v7().slice(-8)}`
      const results = await Promise.allSettled(
        upTo(10).map((number) => users.create(input(number < 6 ? name : `${name}-${number}`, name))),
      )
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
      await expectRefusal(users.create(input(name, `${name}2`)), 'USERNAME_TAKEN')
    })

    test('a profile that changes takes the next rev; one that does not, none', async () => {
      const store = storeOf()
      const alice = await person(store)
      const renamed = await store.users.update(alice.id, { displayName: 'Alice', about: 'Here' })
      expect(renamed).toMatchObject({ displayName: 'Alice', about: 'Here' })
      expect(renamed?.rev).toBeGreaterThan(alice.rev)
      expect(await store.users.byId(alice.id)).toEqual(renamed)
      expect(await store.users.update(alice.id, { displayName: 'Alice' })).toEqual(renamed)
      expect(await store.users.update(alice.id, {})).toEqual(renamed)
      expect(await store.users.update(newUserId(), { about: 'x' })).toBeNull()
      expect(await store.users.profilesRev()).toBeGreaterThanOrEqual(renamed?.rev ?? Infinity)
    })

    test('profiles since a rev are those of oneself, contacts and co-members, oldest change first', async () => {
      const store = storeOf()
      const [alice, bob, carol, dave] = [
        await person(store),
        await person(store),
        await person(store),
        await person(store),
      ]
      await direct(store, alice, bob)
      await store.account.put(alice.id, `contact:${carol.id}`, { userId: carol.id, addedAt: start })
      const rev = await store.users.profilesRev()
      const changed = [
        await store.users.update(carol.id, { about: 'contact' }),
        await store.users.update(bob.id, { about: 'co-member' }),
        await store.users.update(alice.id, { about: 'me' }),
      ]
      await store.users.update(dave.id, { about: 'stranger' })
      expect(await store.users.profilesSince(alice.id, rev, 50)).toEqual(changed)
      expect(await store.users.profilesSince(alice.id, rev, 2)).toEqual(changed.slice(0, 2))
      expect(await store.users.profilesSince(alice.id, await store.users.profilesRev(), 50)).toEqual([])
      await store.account.put(alice.id, `contact:${carol.id}`, null)
      expect(await store.users.profilesSince(alice.id, rev, 50)).toEqual(changed.slice(1))
    })

    test('people are found by the beginning of the username or of a word of the name, whatever accents and case', async () => {
      const store = storeOf()
      const tag = v7().slice(-6)
      const elodie = await person(store, `Élodie Da Silva ${tag}`)
      const find = async (query: string, scope: 'all' | 'known' = 'all') =>
        (await store.users.find({ viewerId: newUserId(), query, scope, limit: 100 })).map((user) => user.id)
      for (const query of ['elo', 'ÉLODIE', 'da silva', `silva ${tag}`, tag, elodie.username.slice(0, -1)]) {
        expect(await find(query)).toContain(elodie.id)
      }
      for (const query of ['lodie', '%', '_', 'ilva', 'elodie silva', '', ' ']) {
        expect(await find(query)).not.toContain(elodie.id)
      }
      await store.users.update(elodie.id, { displayName: `Renée ${tag}` })
      expect(await find('elo')).not.toContain(elodie.id)
      expect(await find('renee')).toContain(elodie.id)
    })

    test('found people come by name, at most as many as asked for', async () => {
      const store = storeOf()
      const tag = `z${v7().slice(-8)}`
      for (const name of ['Zoé', 'anna', 'Émile']) await person(store, `${name} ${tag}`)
      const input = { viewerId: newUserId(), query: tag, scope: 'all' as const }
      const names = (await store.users.find({ ...input, limit: 10 })).map((user) => user.displayName)
      expect(names).toEqual([`anna ${tag}`, `Émile ${tag}`, `Zoé ${tag}`])
      expect(await store.users.find({ ...input, limit: 2 })).toHaveLength(2)
    })

    test('[P6] with scope known only contacts and co-members are found', async () => {
      const store = storeOf()
      const tag = `k${v7().slice(-8)}`
      const viewer = await person(store)
      const [friend, contact] = [await person(store, `Friend ${tag}`), await person(store, `Contact ${tag}`)]
      await person(store, `Stranger ${tag}`)
      await direct(store, viewer, friend)
      await store.account.put(viewer.id, `contact:${contact.id}`, { userId: contact.id, addedAt: start })
      const input = { viewerId: viewer.id, query: tag, limit: 10 }
      expect(await store.users.find({ ...input, scope: 'all' })).toHaveLength(3)
      expect((await store.users.find({ ...input, scope: 'known' })).map((user) => user.id)).toEqual([
        contact.id,
        friend.id,
      ])
    })
  })
}
