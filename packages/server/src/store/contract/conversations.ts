// The contract of making conversations and of reading the list.
import { describe, expect, test } from 'vitest'
import { limits, type ConversationId } from '@palabre/protocol'
import {
  allOf,
  direct,
  expectRefusal,
  expectWhole,
  group,
  happen,
  newConversationId,
  newMessageId,
  newOpId,
  newUserId,
  person,
  persons,
  say,
  start,
  systemBy,
  upTo,
  type StoreOf,
} from './kit.ts'

export function conversationsContract(storeOf: StoreOf): void {
  describe('conversations', () => {
    test('[LOG-6] a direct conversation begins with its creation, and has two plain members', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const [id, messageId] = [newConversationId(), newMessageId()]
      const input = { id, messageId, userId: alice.id, otherId: bob.id, now: start }
      const created = await store.conversations.createDirect(input)
      expect(created).toMatchObject({ conversationId: id, isNew: true })
      expect(created.message).toMatchObject({
        id: messageId,
        conversationId: id,
        seq: 1,
        rev: 1,
        bodyRev: 1,
        senderId: alice.id,
        kind: 'system',
        body: { event: 'conversation_created', title: null, memberIds: [alice.id, bob.id] },
      })
      expect(await allOf(store, id)).toEqual([created.message])
      expect(await store.conversations.byId(id)).toEqual({
        header: {
          id,
          kind: 'direct',
          title: null,
          description: '',
          avatarId: null,
          createdBy: alice.id,
          createdAt: start,
          memberCount: 2,
          settings: {},
        },
        rev: 1,
        lastSeq: 1,
        membersRev: 1,
        activeAt: start,
      })
      const view = await store.members.view(id)
      expect(
        [...(view?.members.values() ?? [])].map(({ role, joinedSeq, joinedRev }) => [
          role,
          joinedSeq,
          joinedRev,
        ]),
      ).toEqual([
        ['member', 1, 1],
        ['member', 1, 1],
      ])
    })

    test('[P2] racing creations of a direct conversation, both ways round, make one', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const created = await Promise.all(
        upTo(20).map((number) =>
          store.conversations.createDirect({
            id: newConversationId(),
            messageId: newMessageId(),
            userId: number % 2 === 0 ? alice.id : bob.id,
            otherId: number % 2 === 0 ? bob.id : alice.id,
            now: start,
          }),
        ),
      )
      expect(new Set(created.map((one) => one.conversationId)).size).toBe(1)
      expect(created.filter((one) => one.isNew)).toHaveLength(1)
      expect(new Set(created.map((one) => one.message.id)).size).toBe(1)
      expect(await store.conversations.countOfUser(alice.id)).toBe(1)
    })

    test('one may keep a conversation with oneself', async () => {
      const store = storeOf()
      const alice = await person(store)
      const id = await direct(store, alice, alice)
      expect((await store.members.view(id))?.members.size).toBe(1)
      await say(store, alice, id, 'note to self')
    })

    test('[LOG-6] a group has its creator as owner, and each of the others once', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob, carol, bob, alice], 'Family')
      const row = await store.conversations.byId(id)
      expect(row?.header).toMatchObject({
        kind: 'group',
        title: 'Family',
        memberCount: 3,
        createdBy: alice.id,
      })
      const view = await store.members.view(id)
      expect(view?.members.get(alice.id)?.role).toBe('owner')
      expect(view?.members.get(bob.id)?.role).toBe('member')
      expect((await allOf(store, id))[0]?.body).toEqual({
        event: 'conversation_created',
        title: 'Family',
        memberIds: [alice.id, bob.id, carol.id],
      })
    })

    test('[LOG-7] the same opId makes one group, also at once', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const opId = newOpId()
      const created = await Promise.all(
        upTo(5).map(() =>
          store.conversations.createGroup({
            id: newConversationId(),
            messageId: newMessageId(),
            userId: alice.id,
            title: 'Once',
            memberIds: [bob.id],
            opId,
            now: start,
          }),
        ),
      )
      expect(new Set(created.map((one) => one.conversationId)).size).toBe(1)
      expect(created.filter((one) => one.isNew)).toHaveLength(1)
    })

    test('a conversation with someone who does not exist is refused, and leaves nothing behind', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const base = { id: newConversationId(), messageId: newMessageId(), userId: alice.id, now: start }
      await expectRefusal(
        store.conversations.createDirect({ ...base, otherId: newUserId() }),
        'USER_NOT_FOUND',
      )
      await expectRefusal(
        store.conversations.createGroup({
          ...base,
          title: 'X',
          memberIds: [bob.id, newUserId()],
          opId: null,
        }),
        'USER_NOT_FOUND',
      )
      expect(await store.conversations.byId(base.id)).toBeNull()
      expect(await store.conversations.countOfUser(bob.id)).toBe(0)
    })

    test(`a group holds ${limits.groupMembers} members and no more`, async () => {
      const store = storeOf()
      const people = await persons(store, limits.groupMembers + 1)
      const [owner, last, ...others] = people
      if (owner === undefined || last === undefined) throw new Error('nobody')
      const base = { userId: owner.id, title: 'Full', opId: null, now: start }
      const ids = () => ({ id: newConversationId(), messageId: newMessageId() })
      const everyone = people.map((user) => user.id)
      await expectRefusal(
        store.conversations.createGroup({ ...base, ...ids(), memberIds: everyone }),
        'GROUP_FULL',
      )
      const id = await group(store, owner, others)
      expect((await store.members.view(id))?.members.size).toBe(limits.groupMembers)
      await expectRefusal(
        happen(store, owner, id, { event: 'members_added', userIds: [last.id] }),
        'GROUP_FULL',
      )
      await expectWhole(store, id)
    })

    test('[SYNC-6] the list has newest activity first, by offset and by place, and heads with their revs', async () => {
      const store = storeOf()
      const alice = await person(store)
      const ids: ConversationId[] = []
      for (const other of await persons(store, 5)) ids.push(await direct(store, alice, other))
      for (const [index, id] of ids.entries())
        await say(store, alice, id, 'hi', { createdAt: start + 10 - index })
      await say(store, alice, ids[3] ?? newConversationId(), 'newest', { createdAt: start + 100 })
      const order = [3, 0, 1, 2, 4].map((index) => ids[index])

      const page = { limit: 50, offset: 0, after: null }
      const all = await store.conversations.ofUser(alice.id, page)
      expect(all.map((row) => row.header.id)).toEqual(order)
      const offset = await store.conversations.ofUser(alice.id, { ...page, limit: 2, offset: 1 })
      expect(offset.map((row) => row.header.id)).toEqual(order.slice(1, 3))
      const second = all[1]
      if (second === undefined) throw new Error('no second conversation')
      const after = { activeAt: second.activeAt, id: second.header.id }
      const rest = await store.conversations.ofUser(alice.id, { ...page, after })
      expect(rest.map((row) => row.header.id)).toEqual(order.slice(2))
      expect(await store.conversations.headsOfUser(alice.id)).toEqual(
        all.map((row) => ({ id: row.header.id, rev: row.rev })),
      )
      expect(await store.conversations.countOfUser(alice.id)).toBe(5)
    })

    test('[SYNC-9] heads of many are one question, and who came or went lately is found', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const long = start + 10 * 60_000
      const [quiet, spoken, changed] = [
        await group(store, alice, [bob]),
        await group(store, alice, [bob]),
        await group(store, alice, [bob]),
      ]
      await say(store, alice, spoken, 'hi')
      await say(store, alice, changed, 'hi', { createdAt: long - 2 })
      const removal = systemBy(alice, changed, { event: 'member_removed', userId: bob.id })
      const { membersRev } = await store.log.append({ ...removal, createdAt: long })
      const heads = await store.conversations.headsOf([quiet, spoken, changed, newConversationId()])
      expect(new Map(heads.map(({ id, ...head }) => [id, head]))).toEqual(
        new Map([
          [quiet, { rev: 1, membersRev: 1 }],
          [spoken, { rev: 2, membersRev: 1 }],
          [changed, { rev: 3, membersRev }],
        ]),
      )
      expect(await store.conversations.headsOf([])).toEqual([])
      const moved = await store.conversations.membersMovedSince(long - 1)
      expect(moved).toContain(changed)
      expect(moved).not.toContain(quiet)
      expect(moved).not.toContain(spoken)
    })

    test('[MEM-2] who has been removed has the conversation no more', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      expect(await store.conversations.headsOfUser(bob.id)).toHaveLength(1)
      await happen(store, alice, id, { event: 'member_removed', userId: bob.id })
      expect(await store.conversations.headsOfUser(bob.id)).toEqual([])
      expect(await store.conversations.countOfUser(bob.id)).toBe(0)
      expect(await store.conversations.ofUser(bob.id, { limit: 50, offset: 0, after: null })).toEqual([])
    })
  })
}
