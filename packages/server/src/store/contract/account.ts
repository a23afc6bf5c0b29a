// The contract of the account's log: latest state by key, a dense rev a user.
import { describe, expect, test } from 'vitest'
import { hideKey, keptKey, silenceKey, type AccountValue, type Message } from '@palabre/protocol'
import { direct, group, newConversationId, newUserId, person, say, start, upTo, type StoreOf } from './kit.ts'

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

    test('[KEEP-1] what was done later stays, whichever comes last; what was cleared stays cleared', async () => {
      const { account } = storeOf()
      const alice = await person(storeOf())
      const put = (key: string, value: AccountValue) => account.put(alice.id, key, value)
      const pin = (at: number, isPinned: boolean) => put('conversation:a:pin', { at, isPinned })
      expect(await pin(start + 5, true)).toMatchObject({ rev: 1 })
      expect(await pin(start + 4, false)).toBeNull()
      expect(await pin(start + 5, true)).toBeNull()
      expect(await pin(start + 5, false)).toMatchObject({ rev: 2, value: { isPinned: false } })
      const clear = (at: number, clearedSeq: number) =>
        put('conversation:a:clear', { at, clearedSeq, isDeleted: false })
      expect(await clear(start + 5, 7)).toMatchObject({ rev: 3 })
      expect(await clear(start + 6, 6)).toBeNull()
      expect(await clear(start + 1, 8)).toMatchObject({ rev: 4 })
      expect((await account.since(alice.id, 0)).map(({ rev }) => rev)).toEqual([2, 4])
      expect((await account.since(alice.id, 0, 1)).map(({ rev }) => rev)).toEqual([2])
      expect((await account.under(alice.id, 'conversation:a:')).map(({ key }) => key)).toEqual([
        'conversation:a:clear',
        'conversation:a:pin',
      ])
      expect(await account.under(alice.id, 'conversation:b')).toEqual([])
    })

    test('[SCH-1] what is due is found by its time, the earliest first, until it was sent or taken back', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const conversationId = newConversationId()
      const message = { text: 'later', replyTo: null, mentions: [], failed: null }
      const put = (by: typeof alice, id: number, at: number, sendAt: number | null) =>
        store.account.put(by.id, `scheduled:${conversationId}:${id}`, { ...message, at, sendAt })
      const due = async (now: number, limit = 10) =>
        (await store.account.due(now, limit))
          .filter(({ userId }) => userId === alice.id || userId === bob.id)
          .map(({ key, value }) => [Number(key.split(':')[2]), value.sendAt])
      await put(alice, 1, start, start + 50)
      await put(bob, 2, start, start + 20)
      await put(alice, 3, start, start + 90)
      expect(await due(start + 19)).toEqual([])
      expect(await due(start + 50)).toEqual([
        [2, start + 20],
        [1, start + 50],
      ])
      expect(await due(start + 99, 1)).toHaveLength(1)
      await put(bob, 2, start + 1, null)
      await put(alice, 1, start + 1, start + 70)
      expect(await due(start + 70)).toEqual([[1, start + 70]])
      await store.account.put(alice.id, `scheduled:${conversationId}:1`, null)
      expect(await due(start + 99)).toEqual([[3, start + 90]])
      await store.account.put(alice.id, `scheduled:${conversationId}:3`, null)
    })

    test('[KEEP-6] [KEEP-8] what was cleared or hidden is known of, and counts as unread no more', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob, carol])
      const said = []
      for (const number of upTo(4)) said.push(await say(store, alice, id, `n ${number}`))
      const [first, second, third] = said
      if (!first || !second || !third) return
      const unread = async () => [
        await store.log.unread(id, bob.id, 1),
        (await store.receipts.ofUser(bob.id, [id])).get(id)?.unread,
        (await store.receipts.ofUser(bob.id, [id, newConversationId()])).get(id)?.unread,
      ]
      expect(await unread()).toEqual([4, 4, 4])
      await store.account.put(bob.id, hideKey(id, third.id), { at: start, hiddenSeq: third.seq })
      expect(await unread()).toEqual([3, 3, 3])
      const cleared = { at: start, clearedSeq: first.seq, isDeleted: false }
      await store.account.put(bob.id, keptKey('clear', id), cleared)
      expect(await unread()).toEqual([2, 2, 2])
      await store.account.put(carol.id, keptKey('clear', id), { ...cleared, clearedSeq: third.seq })
      expect(await store.log.unread(id, carol.id, 1)).toBe(1)
      const unseen = async (message: Message) => [...(await store.account.unseenBy(id, message))].sort()
      expect(await unseen(first)).toEqual(
        [
          [bob.id, 'cleared'],
          [carol.id, 'cleared'],
        ].sort(),
      )
      expect(await unseen(second)).toEqual([[carol.id, 'cleared']])
      expect(await unseen(third)).toEqual(
        [
          [bob.id, 'hidden'],
          [carol.id, 'cleared'],
        ].sort(),
      )
    })

    test('[BLK-2] what is said in a silence is counted for nobody but who said it, and whoever asks learns of it', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const said = []
      for (const number of upTo(4)) said.push(await say(store, alice, id, `n ${number}`))
      const [first, second, third, last] = said
      if (!first || !second || !third || !last) return
      const unread = async () => [
        await store.log.unread(id, bob.id, 1),
        (await store.receipts.ofUser(bob.id, [id])).get(id)?.unread,
        (await store.receipts.ofUser(bob.id, [id, newConversationId()])).get(id)?.unread,
      ]
      const silent = (...silences: [number, number | null][]) =>
        store.account.put(bob.id, silenceKey(id), { at: start, silences })
      await silent([second.seq, third.seq])
      expect(await unread()).toEqual([2, 2, 2])
      expect([...(await store.account.unseenBy(id, third))]).toEqual([[bob.id, 'hidden']])
      expect([...(await store.account.unseenBy(id, last))]).toEqual([])
      expect([...(await store.account.unseenBy(id, { ...third, senderId: bob.id }))]).toEqual([])
      await silent([second.seq, second.seq], [last.seq, null])
      expect(await unread()).toEqual([2, 2, 2])
      expect([...(await store.account.unseenBy(id, last))]).toEqual([[bob.id, 'hidden']])
      expect((await store.receipts.ofUser(bob.id, [id])).get(id)?.directWith).toBe(alice.id)
      expect(await store.conversations.ofPair(bob.id, alice.id)).toBe(id)
      expect(await store.conversations.ofPair(alice.id, newUserId())).toBeNull()
      const rev = await store.users.profilesRev()
      expect(await store.users.touch(alice.id)).toMatchObject({ id: alice.id, rev: rev + 1 })
      expect((await store.users.profilesSince(bob.id, rev, 5)).map((user) => user.id)).toEqual([alice.id])
      expect(await store.users.touch(newUserId())).toBeNull()
    })
  })
}
