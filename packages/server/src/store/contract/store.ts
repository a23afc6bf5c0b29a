// The contract of a store: one suite that every engine passes. What only one engine does is tested beside that engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../port/store.ts'
import { accountsContract, firstAccountContract } from './accounts.ts'
import { accountContract } from './account.ts'
import { changeContract } from './change.ts'
import { conversationsContract } from './conversations.ts'
import { digestsContract, digestsLifeContract } from './digests.ts'
import { erasuresContract } from './erasures.ts'
import {
  allOf,
  expectRefusal,
  expectWhole,
  group,
  happen,
  newOpId,
  person,
  say,
  start,
  textBy,
  upTo,
  type OpenStore,
} from './kit.ts'
import { appendContract, readContract } from './log.ts'
import { mediaContract } from './media.ts'
import { membersContract } from './members.ts'
import { namesContract } from './names.ts'
import { overviewContract } from './overview.ts'
import { presenceContract } from './presence.ts'
import { receiptsContract } from './receipts.ts'
import { reportsContract } from './reports.ts'
import { searchContract } from './search.ts'
import { sessionsContract } from './sessions.ts'
import { usersContract } from './users.ts'

/** @param open opens the store of a place; the same place again, once closed, holds what it held */
export function storeContract(name: string, open: OpenStore): void {
  describe(`store contract: ${name}`, () => {
    let store: Store | null = null
    beforeAll(async () => {
      store = await open('shared')
    }, 120_000)
    afterAll(() => store?.close())
    const storeOf = () => {
      if (store === null) throw new Error('the store is not open')
      return store
    }

    appendContract(storeOf)
    changeContract(storeOf)
    readContract(storeOf)
    digestsContract(storeOf)
    conversationsContract(storeOf)
    membersContract(storeOf)
    usersContract(storeOf)
    namesContract(storeOf)
    searchContract(storeOf)
    sessionsContract(storeOf)
    receiptsContract(storeOf)
    accountContract(storeOf)
    accountsContract(storeOf)
    presenceContract(storeOf)
    mediaContract(storeOf)
    erasuresContract(storeOf)
    overviewContract(storeOf)
    reportsContract(storeOf)
    lifeContract(open)
    digestsLifeContract(open)
    firstAccountContract(open)
  })
}

function lifeContract(open: OpenStore): void {
  // Each opens stores of its own, which takes seconds on a busy machine.
  describe('life', { timeout: 120_000 }, () => {
    test('[P1] [SYNC-7] closed and opened again, it holds all it held, and has the same epoch', async () => {
      const before = await open('reopened')
      const [alice, bob] = [await person(before, 'Alice'), await person(before, 'Bob')]
      const id = await group(before, alice, [bob], 'Kept')
      const message = textBy(alice, id, 'one')
      await before.log.append(message)
      const opId = newOpId()
      const edit = { conversationId: id, id: message.id, userId: alice.id, opId, movesBody: true }
      await before.log.change(edit, (now) =>
        now.kind === 'text' ? { ...now, body: { text: 'uno' }, editedAt: start } : now,
      )
      await happen(before, alice, id, { event: 'role_changed', userId: bob.id, role: 'admin' })
      await before.receipts.mark(id, bob.id, { readSeq: 2 })
      const all = async (store: Store) => ({
        messages: await allOf(store, id),
        row: await store.conversations.byId(id),
        view: await store.members.view(id),
        marks: await store.receipts.ofConversation(id),
        user: await store.users.byId(alice.id),
        epoch: store.epoch,
      })
      const held = await all(before)
      await before.close()

      const after = await open('reopened')
      try {
        expect(await all(after)).toEqual(held)
        expect((await after.log.append(message)).outcome).toBe('repeat')
        expect((await after.log.change(edit, (now) => now)).outcome).toBe('repeat')
        expect((await say(after, bob, id, 'next')).seq).toBe(4)
        await expectWhole(after, id)
      } finally {
        await after.close()
      }
    })

    test('[SYNC-7] each store has an epoch of its own', async () => {
      const [one, two] = [await open('one'), await open('two')]
      expect(one.epoch).not.toBe(two.epoch)
      await Promise.all([one.close(), two.close()])
    })

    test('[P1] what was asked for before the end is still done, what comes after is refused', async () => {
      const store = await open('ending')
      const alice = await person(store)
      const id = await group(store, alice, [])
      const asked = upTo(50).map((number) => say(store, alice, id, `n ${number}`))
      const closing = store.close()
      expect(await Promise.all(asked)).toHaveLength(50)
      await closing
      await expectRefusal(store.log.append(textBy(alice, id, 'late')), 'STORE_UNAVAILABLE')
      await expectRefusal(store.probe(), 'STORE_UNAVAILABLE')
      const again = await open('ending')
      expect(await allOf(again, id)).toHaveLength(51)
      await again.probe()
      await again.close()
    })

    test('[DIS-2] what has expired is not unread', async () => {
      let clock = start
      const store = await open('expiring', { now: () => clock })
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      const message = await say(store, alice, id, 'brief')
      const target = { conversationId: id, id: message.id, userId: alice.id, opId: null, movesBody: false }
      await store.log.change(target, (now) => ({ ...now, expiresAt: start + 10 }))
      expect(await store.log.unread(id, bob.id, 1)).toBe(1)
      clock = start + 10
      expect(await store.log.unread(id, bob.id, 1)).toBe(0)
      await store.close()
    })
  })
}
