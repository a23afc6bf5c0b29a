// The contract of the ledger of deleted accounts, and of taking away what is one person's.
import { describe, expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import type { NewErasure } from '../port/erasures.ts'
import { group, newUserId, person, say, start, type StoreOf } from './kit.ts'

const grace = limits.erasureGraceMs

export function erasuresContract(storeOf: StoreOf): void {
  describe('erasures', () => {
    const asked = (userId: NewErasure['userId'], requestedAt: number): NewErasure => ({
      userId,
      messages: 'keep',
      requestedAt,
      dueAt: requestedAt + grace,
      nameHash: `hash of ${userId}`,
      nameUntil: requestedAt + 2 * grace,
    })
    const begun = async (now: number) => (await storeOf().erasures.begin(now, 100)).map((row) => row.userId)

    test('[ERASE-1] it can be taken back until its time has come, and not afterwards', async () => {
      const { erasures, presence } = storeOf()
      const [alice, bob] = [await person(storeOf()), await person(storeOf())]
      await presence.setLastSeen(alice.id, start)
      for (const { id } of [alice, bob]) await erasures.request(asked(id, start))
      expect(await presence.lastSeen([alice.id])).toEqual(new Map())
      expect(await erasures.of(alice.id)).toMatchObject({
        state: 'waiting',
        dueAt: start + grace,
        doneAt: null,
      })
      expect(await erasures.among([bob.id, newUserId(), alice.id])).toHaveLength(2)
      expect(await begun(start + grace - 1)).toEqual([])
      expect(await erasures.cancel(bob.id)).toBe(true)
      expect(await erasures.cancel(bob.id)).toBe(false)
      expect(await erasures.of(bob.id)).toBeNull()
      expect(await begun(start + grace)).toEqual([alice.id])
      expect(await erasures.cancel(alice.id)).toBe(false)
      // Asked for again, or begun again after a crash, it goes on.
      await erasures.request(asked(alice.id, start + grace))
      expect(await begun(start)).toEqual([alice.id])
      await erasures.done(alice.id, start + grace + 1)
      expect(await begun(start + 9 * grace)).toEqual([])
      expect(await erasures.of(alice.id)).toMatchObject({ state: 'done', doneAt: start + grace + 1 })
      expect((await erasures.page(null, 1_000)).map(({ userId }) => userId)).toContain(alice.id)
    })

    test('[ERASE-2] of a person nothing is left but the id; the name is held for a while', async () => {
      const store = storeOf()
      const { erasures, users, account, sessions } = store
      const [alice, bob] = [await person(store, 'Ali Canary'), await person(store)]
      const id = await group(store, alice, [bob])
      await users.update(alice.id, { about: 'canary' })
      await account.put(alice.id, `contact:${bob.id}`, { userId: bob.id, addedAt: start, name: 'canary' })
      await erasures.request(asked(alice.id, start))
      const before = await users.profilesRev()
      const left = await erasures.tombstone(alice.id)
      expect(left).toEqual({
        id: alice.id,
        username: '',
        displayName: '',
        about: '',
        avatarId: null,
        rev: before + 1,
      })
      // Again it is the same.
      expect(await erasures.tombstone(alice.id)).toEqual(left)
      expect(await erasures.tombstone(newUserId())).toBeNull()
      expect(await users.byId(alice.id)).toEqual(left)
      expect(await users.byUsername(alice.username)).toBeNull()
      expect(await users.credentials(alice.username)).toBeNull()
      expect(await users.credentials(`~${alice.id}`)).toBeNull()
      expect(await users.byUsername(`~${alice.id}`)).toBeNull()
      expect(await users.find({ viewerId: bob.id, query: 'ali can', scope: 'all', limit: 9 })).toEqual([])
      expect(await account.since(alice.id, 0)).toEqual([])
      expect(await sessions.ofUser(alice.id)).toEqual([])
      // Everybody is told, also who shares no conversation any more.
      const stranger = await person(store)
      expect((await users.profilesSince(stranger.id, before, 9)).map((user) => user.id)).toContain(alice.id)
      expect(await erasures.isNameHeld(`hash of ${alice.id}`, start + 2 * grace - 1)).toBe(true)
      expect(await erasures.isNameHeld(`hash of ${alice.id}`, start + 2 * grace)).toBe(false)
      expect((await store.members.view(id))?.members.has(alice.id)).toBe(true)
      await erasures.compact()
    })

    test('[ERASE-4] what somebody wrote is found, conversation by conversation', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      const mine = [await say(store, alice, id, 'one'), await say(store, alice, id, 'two')]
      await say(store, bob, id, 'three')
      const found = await store.log.authored(id, alice.id, 0)
      expect(found.messages.map((message) => message.id)).toEqual(mine.map((message) => message.id))
      expect(found.next).toBeNull()
      expect((await store.log.authored(id, alice.id, mine[0]?.seq ?? 0)).messages).toHaveLength(1)
      const ids = await store.conversations.idsAfter(null, 10_000)
      expect(ids).toContain(id)
      expect(await store.conversations.idsAfter(id, 10_000)).toEqual(ids.slice(ids.indexOf(id) + 1))
      expect(await store.media.ofOwner(alice.id, null, 9)).toEqual([])
    })
  })
}
