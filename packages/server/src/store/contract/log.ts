// The contract of appends and of reading the log back: once, in one order, all of it or nothing.
import { describe, expect, test } from 'vitest'
import { v7 } from 'uuid'
import type { ConversationId, Message } from '@palabre/protocol'
import {
  allOf,
  direct,
  expectRefusal,
  expectWhole,
  group,
  happen,
  newConversationId,
  newMessageId,
  person,
  persons,
  say,
  start,
  storedOf,
  textBy,
  upTo,
  type StoreOf,
} from './kit.ts'

export function appendContract(storeOf: StoreOf): void {
  describe('appending', () => {
    test('[LOG-1] a message is stored under the next seq and rev, and reads back as it was answered', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const first = await say(store, alice, id, 'Bonjour — こんにちは \u{1F44B}\u{1F3FD}\n"quoted" \\')
      const second = await say(store, bob, id, 'Salut', { replyTo: first.id, mentions: [alice.id] })
      expect([first.seq, first.rev, first.bodyRev]).toEqual([2, 2, 2])
      expect([second.seq, second.rev, second.bodyRev]).toEqual([3, 3, 3])
      expect(second).toMatchObject({ senderId: bob.id, replyTo: first.id, mentions: [alice.id] })
      expect(await store.log.byId(id, first.id)).toEqual(first)
      expect(await store.log.byId(id, second.id)).toEqual(second)
      await expectWhole(store, id)
    })

    test('[LOG-3] [P3] a hundred concurrent appends give seq 2 to 101, each once', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const appended = await Promise.all(
        upTo(100).map((number) => say(store, number % 2 === 0 ? alice : bob, id, `number ${number}`)),
      )
      expect(appended.map((message) => message.seq).sort((a, b) => a - b)).toEqual(
        upTo(100).map((number) => number + 1),
      )
      await expectWhole(store, id)
    })

    test('[LOG-3] [P4] appends to many conversations at once are numbered apart', async () => {
      const store = storeOf()
      const alice = await person(store)
      const ids = await Promise.all((await persons(store, 10)).map((other) => direct(store, alice, other)))
      await Promise.all(upTo(20).flatMap((number) => ids.map((id) => say(store, alice, id, `n ${number}`))))
      for (const id of ids) {
        expect((await store.conversations.byId(id))?.lastSeq).toBe(21)
        await expectWhole(store, id)
      }
    })

    test('[LOG-2] [P2] the same message sent again, even all at once, is stored once and answered alike', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const message = textBy(alice, id, 'once')
      const answers = await Promise.all(upTo(20).map(() => store.log.append(message)))
      const later = await store.log.append({ ...message, createdAt: start + 60_000, sentAt: start })
      expect(answers.filter((answer) => answer.outcome === 'stored')).toHaveLength(1)
      expect(answers.filter((answer) => answer.outcome === 'repeat')).toHaveLength(19)
      for (const answer of [...answers, later]) {
        expect(answer.message).toEqual(await store.log.byId(id, message.id))
        expect(answer.isFormerMember).toBe(false)
      }
      expect(await allOf(store, id)).toHaveLength(2)
    })

    test('[LOG-2] a repeat is known by the content as first sent, also after an edit', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const message = textBy(alice, id, 'first')
      await store.log.append(message)
      const { message: edited } = await store.log.change(
        { conversationId: id, id: message.id, userId: alice.id, opId: null, movesBody: true },
        (now) => (now.kind === 'text' ? { ...now, body: { text: 'second' }, editedAt: start } : now),
      )
      expect(await store.log.append(message)).toEqual({
        outcome: 'repeat',
        message: edited,
        isFormerMember: false,
        membersRev: 1,
      })
    })

    test('[LOG-2] the same id with other content or by another member is a conflict', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const message = textBy(alice, id, 'mine')
      await store.log.append(message)
      await expectRefusal(store.log.append({ ...message, hash: 'other' }), 'MESSAGE_ID_CONFLICT')
      await expectRefusal(store.log.append({ ...message, senderId: bob.id }), 'MESSAGE_ID_CONFLICT')
      // A stranger does not even learn that the id exists.
      await expectRefusal(store.log.append({ ...message, senderId: carol.id }), 'MEMBER_REQUIRED')
      expect(await allOf(store, id)).toHaveLength(2)
    })

    test('[LOG-2] one id may be used in two conversations', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const [one, two] = [await direct(store, alice, bob), await direct(store, alice, carol)]
      const message = textBy(alice, one, 'twice')
      expect((await store.log.append(message)).outcome).toBe('stored')
      expect((await store.log.append({ ...message, conversationId: two })).outcome).toBe('stored')
    })

    test('[LOG-2] who is no member any more is told that a repeat was stored, and that it is not theirs to see', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      const message = textBy(bob, id, 'before I went')
      await store.log.append(message)
      await happen(store, alice, id, { event: 'member_removed', userId: bob.id })
      const repeat = await store.log.append(message)
      expect(repeat).toMatchObject({ outcome: 'repeat', isFormerMember: true, message: { seq: 2 } })
      await expectRefusal(store.log.append(textBy(bob, id, 'after')), 'MEMBER_REQUIRED')
      await expectRefusal(store.log.append({ ...message, hash: 'other' }), 'MEMBER_REQUIRED')
      // Added again: what they said before still lies before their time.
      await happen(store, alice, id, { event: 'members_added', userIds: [bob.id] })
      expect(await store.log.append(message)).toMatchObject({ outcome: 'repeat', isFormerMember: true })
    })

    test('[P6] strangers, and people of no conversation at all, append nothing', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      await expectRefusal(store.log.append(textBy(carol, id, 'let me in')), 'MEMBER_REQUIRED')
      await expectRefusal(store.log.append(textBy(alice, newConversationId(), 'hello?')), 'MEMBER_REQUIRED')
      await expectWhole(store, id)
    })

    test('[LOG-1] a refused append between others takes no number', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const results = await Promise.allSettled(
        upTo(60).map((number) => say(store, number % 3 === 0 ? carol : alice, id, `n ${number}`)),
      )
      expect(results.filter((result) => result.status === 'rejected')).toHaveLength(20)
      expect(await allOf(store, id)).toHaveLength(41)
      await expectWhole(store, id)
    })

    test('a clock that goes back does not put a message before the one it follows', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      await say(store, alice, id, 'now', { createdAt: start + 1_000 })
      const late = await say(store, alice, id, 'then', { createdAt: start - 1_000 })
      expect(late.createdAt).toBe(start + 1_000)
      expect((await store.conversations.byId(id))?.activeAt).toBe(start + 1_000)
    })
  })
}

export function readContract(storeOf: StoreOf): void {
  describe('reading', () => {
    async function tenMessages(): Promise<ConversationId> {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      for (const number of upTo(9)) await say(store, alice, id, `n ${number}`)
      return id
    }
    const seqs = (messages: { seq: number }[]) => messages.map((message) => message.seq)

    test('pages go backwards from anywhere, in seq order, never below fromSeq', async () => {
      const { log } = storeOf()
      const id = await tenMessages()
      expect(seqs(await log.before(id, null, 1, 3))).toEqual([8, 9, 10])
      expect(seqs(await log.before(id, 8, 1, 3))).toEqual([5, 6, 7])
      expect(seqs(await log.before(id, 4, 3, 50))).toEqual([3])
      expect(seqs(await log.before(id, 1, 1, 50))).toEqual([])
    })

    test('pages go forwards from anywhere, never below fromSeq', async () => {
      const { log } = storeOf()
      const id = await tenMessages()
      expect(seqs(await log.after(id, 0, 1, 3))).toEqual([1, 2, 3])
      expect(seqs(await log.after(id, 7, 1, 50))).toEqual([8, 9, 10])
      expect(seqs(await log.after(id, 2, 6, 2))).toEqual([6, 7])
      expect(seqs(await log.after(id, 10, 1, 50))).toEqual([])
    })

    test('[SYNC-1] changes after a rev come oldest change first, each message as it is now', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const first = await say(store, alice, id, 'one')
      await say(store, alice, id, 'two')
      const { message } = await store.log.change(
        { conversationId: id, id: first.id, userId: alice.id, opId: null, movesBody: true },
        (now) => (now.kind === 'text' ? { ...now, body: { text: 'uno' } } : now),
      )
      expect((await store.log.since(id, 1, 1, 50)).map(({ seq, rev }) => [seq, rev])).toEqual([
        [3, 3],
        [2, 4],
      ])
      expect(await store.log.since(id, 3, 1, 50)).toEqual([message])
      expect(seqs(await store.log.since(id, 0, 1, 2))).toEqual([1, 3])
      expect(seqs(await store.log.since(id, 0, 3, 50))).toEqual([3])
      expect(await store.log.since(id, 4, 1, 50)).toEqual([])
    })

    test('[SYNC-1] [LOG-5] whatever changed in between, what comes after each rev is all that has a higher one', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const said: Message[] = []
      for (let turn = 1; turn <= 60; turn += 1) {
        said.push(await say(store, alice, id, `message ${turn}`))
        const target = turn % 3 === 0 ? said[(turn * 7) % said.length] : undefined
        if (target === undefined) continue
        await store.log.change(
          { conversationId: id, id: target.id, userId: alice.id, opId: null, movesBody: false },
          (now) => ({ ...now, pinnedAt: turn }),
        )
      }
      const all = (await allOf(store, id)).toSorted((a, b) => a.rev - b.rev)
      for (let rev = 0; rev <= 82; rev += 1) {
        for (const [fromSeq, limit] of [
          [1, 1_000],
          [1, 7],
          [20, 5],
        ] as const) {
          const expected = all
            .filter((message) => message.rev > rev && message.seq >= fromSeq)
            .slice(0, limit)
          expect(await store.log.since(id, rev, fromSeq, limit)).toEqual(expected)
        }
      }
    })

    test('nothing comes from a conversation or message that is not there', async () => {
      const { log } = storeOf()
      const none = newConversationId()
      const id = await tenMessages()
      expect(await log.byId(none, newMessageId())).toBeNull()
      expect(await log.byId(id, newMessageId())).toBeNull()
      expect(await log.before(none, null, 1, 50)).toEqual([])
      expect(await log.after(none, 0, 1, 50)).toEqual([])
      expect(await log.since(none, 0, 1, 50)).toEqual([])
    })

    test('[SYNC-8] messages since a time come from all conversations, by time, only those one may see', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const [one, two] = [await direct(store, alice, bob), await group(store, alice, [carol])]
      const at = (ms: number) => ({ createdAt: start + ms })
      await say(store, alice, one, 'early', at(10))
      const expected = [
        await say(store, alice, two, 'a', at(20)),
        await say(store, bob, one, 'b', at(30)),
        await say(store, carol, two, 'c', at(30)),
        await say(store, alice, two, 'd', at(30)),
        await say(store, bob, one, 'e', at(40)),
      ].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      expect(await store.log.createdSince(alice.id, start + 20, null, 50)).toEqual(expected)

      const paged: string[] = []
      let place: { createdAt: number; id: (typeof expected)[number]['id'] } | null = null
      for (;;) {
        const page: typeof expected = await store.log.createdSince(alice.id, start + 20, place, 2)
        paged.push(...page.map((message) => message.id))
        const last = page.at(-1)
        if (last === undefined) break
        place = { createdAt: last.createdAt, id: last.id }
      }
      expect(paged).toEqual(expected.map((message) => message.id))

      const dave = await person(store)
      await happen(store, alice, two, { event: 'members_added', userIds: [dave.id] })
      const seen = await store.log.createdSince(dave.id, 0, null, 50)
      expect(seen.map((message) => message.kind)).toEqual(['system'])
    })

    test('[REC-3] unread counts what others said above a seq, not system messages, not deleted ones', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      await say(store, bob, id, 'mine')
      const gone = await say(store, alice, id, 'gone')
      await say(store, alice, id, 'there')
      await say(store, alice, id, 'there too')
      await happen(store, alice, id, { event: 'title_changed', title: 'Other' })
      await store.log.change(
        { conversationId: id, id: gone.id, userId: alice.id, opId: null, movesBody: true },
        (now) => (now.kind === 'text' ? { ...now, body: { text: '' }, deletedAt: start } : now),
      )
      expect(await store.log.unread(id, bob.id, 1)).toBe(2)
      expect(await store.log.unread(id, bob.id, 4)).toBe(1)
      expect(await store.log.unread(id, alice.id, 0)).toBe(1)
      expect(await store.log.unread(id, carol.id, 0)).toBe(0)
      await happen(store, alice, id, { event: 'members_added', userIds: [carol.id] })
      await say(store, alice, id, 'welcome')
      expect(await store.log.unread(id, carol.id, 0)).toBe(1)
    })

    test('ids are told apart to the letter', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const tricky = ["'; DROP TABLE messages; --", '\u0301é', 'e\u0301', '\uFFFD', '0', 'null']
      const stored = storedOf(await store.log.append(textBy(alice, id, tricky.join(v7()))))
      expect(await store.log.byId(id, stored.id)).toEqual(stored)
    })
  })
}
