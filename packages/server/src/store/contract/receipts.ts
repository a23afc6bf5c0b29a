// The contract of marks: they only grow, and stay within what the member can have.
import { describe, expect, test } from 'vitest'
import { keptKey, type User } from '@palabre/protocol'
import { direct, group, happen, newConversationId, person, say, start, upTo, type StoreOf } from './kit.ts'

export function receiptsContract(storeOf: StoreOf): void {
  describe('receipts', () => {
    test('[REC-1] marks only grow, and never beyond the newest message', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      for (const number of upTo(5)) await say(store, alice, id, `n ${number}`)
      const mark = (marks: { deliveredSeq?: number; readSeq?: number }) =>
        store.receipts.mark(id, bob.id, marks)
      expect(await mark({ deliveredSeq: 4 })).toEqual({
        marks: { deliveredSeq: 4, readSeq: 1 },
        isChanged: true,
      })
      expect(await mark({ deliveredSeq: 3, readSeq: 3 })).toEqual({
        marks: { deliveredSeq: 4, readSeq: 3 },
        isChanged: true,
      })
      expect((await mark({ deliveredSeq: 2, readSeq: 0 }))?.isChanged).toBe(false)
      expect((await mark({ deliveredSeq: 1_000_000 }))?.marks).toEqual({ deliveredSeq: 6, readSeq: 3 })
      expect(await store.receipts.ofConversation(id)).toEqual(
        new Map([
          [alice.id, { deliveredSeq: 1, readSeq: 1 }],
          [bob.id, { deliveredSeq: 6, readSeq: 3 }],
        ]),
      )
    })

    test('[REC-1] who has read it has got it', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      await say(store, alice, id, 'one')
      const answer = await store.receipts.mark(id, bob.id, { readSeq: 2 })
      expect(answer?.marks).toEqual({ deliveredSeq: 2, readSeq: 2 })
    })

    test('[REC-1] marks of racing devices end at the highest', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      for (const number of upTo(20)) await say(store, alice, id, `n ${number}`)
      const seqs = upTo(20).sort((a, b) => ((a * 7) % 20) - ((b * 7) % 20))
      await Promise.all(
        seqs.map((seq) => store.receipts.mark(id, bob.id, { deliveredSeq: seq, readSeq: seq - 1 })),
      )
      expect((await store.receipts.ofConversation(id)).get(bob.id)).toEqual({ deliveredSeq: 20, readSeq: 19 })
    })

    test('[REC-1] a newcomer’s marks begin where they joined', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [])
      await say(store, alice, id, 'before')
      const { seq } = await happen(store, alice, id, { event: 'members_added', userIds: [bob.id] })
      const answer = await store.receipts.mark(id, bob.id, { deliveredSeq: 1 })
      expect(answer).toEqual({ marks: { deliveredSeq: seq, readSeq: seq }, isChanged: false })
    })

    test('[REC-2] [REC-3] marks of many conversations come at once, as the member is told them', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const [pair, all, alone, theirs] = [
        await direct(store, alice, bob),
        await group(store, bob, [alice, carol]),
        await group(store, alice, []),
        await direct(store, bob, carol),
      ]
      for (const number of upTo(3)) await say(store, bob, pair, `n ${number}`)
      await say(store, alice, pair, 'mine')
      await store.receipts.mark(pair, alice.id, { deliveredSeq: 4, readSeq: 2 })
      await say(store, alice, all, 'to all')
      await store.receipts.mark(all, bob.id, { readSeq: 2 })
      await store.receipts.mark(all, carol.id, { deliveredSeq: 2 })
      const asked = [pair, all, alone, theirs, newConversationId()]
      expect(await store.receipts.ofUser(alice.id, asked)).toEqual(
        new Map([
          [
            pair,
            {
              deliveredSeq: 4,
              readSeq: 2,
              unread: 2,
              others: { deliveredSeq: 1, readSeq: 1 },
              directWith: bob.id,
            },
          ],
          [
            all,
            {
              deliveredSeq: 1,
              readSeq: 1,
              unread: 0,
              others: { deliveredSeq: 2, readSeq: 1 },
              directWith: null,
            },
          ],
          [
            alone,
            {
              deliveredSeq: 1,
              readSeq: 1,
              unread: 0,
              others: { deliveredSeq: 0, readSeq: 0 },
              directWith: null,
            },
          ],
        ]),
      )
      expect(await store.receipts.ofUser(alice.id, [])).toEqual(new Map())
      await happen(store, bob, all, { event: 'member_removed', userId: alice.id })
      expect((await store.receipts.ofUser(alice.id, asked)).has(all)).toBe(false)
    })

    test('[MEN-1] where unread messages mention one is told with the marks, the same by both ways', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob, carol])
      const mention = (sender: User, ...people: User[]) =>
        say(store, sender, id, 'you!', { mentions: people.map((user) => user.id) })
      const told = async (user: User) => {
        const marks = (await store.receipts.ofUser(user.id, [id])).get(id)
        const seqs = await store.log.mentions(id, user.id, marks?.readSeq ?? 0)
        expect(marks?.mentions ?? []).toEqual(seqs)
        return seqs
      }
      const first = await mention(alice, bob)
      await mention(alice, carol)
      const both = await mention(carol, bob, carol)
      const last = await mention(alice, bob)
      expect(await told(bob)).toEqual([first.seq, both.seq, last.seq])
      // Whoever mentions themselves knows.
      expect(await told(carol)).toEqual([3])
      expect(await told(alice)).toEqual([])
      await store.receipts.mark(id, bob.id, { readSeq: first.seq })
      await store.log.change(
        { conversationId: id, id: both.id, userId: carol.id, opId: null, movesBody: true },
        (now) => (now.kind === 'text' ? { ...now, body: { text: '' }, mentions: [], deletedAt: start } : now),
      )
      expect(await told(bob)).toEqual([last.seq])
      await store.account.put(bob.id, keptKey('clear', id), { at: 1, clearedSeq: last.seq, isDeleted: false })
      expect(await told(bob)).toEqual([])
      // What was said before somebody came is not theirs.
      await happen(store, alice, id, { event: 'member_removed', userId: carol.id })
      await happen(store, alice, id, { event: 'members_added', userIds: [carol.id] })
      expect(await told(carol)).toEqual([])
      expect(await store.log.mentions(newConversationId(), bob.id, 0)).toEqual([])
    })

    test('[P6] who is no member has no marks', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      expect(await store.receipts.mark(id, carol.id, { readSeq: 1 })).toBeNull()
      expect(await store.receipts.mark(newConversationId(), alice.id, { readSeq: 1 })).toBeNull()
      expect((await store.receipts.ofConversation(newConversationId())).size).toBe(0)
    })
  })
}
