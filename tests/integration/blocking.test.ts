// Blocking: nothing passes between the two any more, and who is blocked cannot tell (BLK-1 … BLK-5).
import { expect, test } from 'vitest'
import type { OthersMarks } from '@palabre/protocol'
import { directOf, groupOf, newMessageId, send, someUserId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const block = (person: Person, other: Person, isBlocked = true, at = Date.now()) =>
  person.does('keep', { change: { keep: 'block', userId: other.id, at, isBlocked } })

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[BLK-2] [BLK-5] what the blocked one says is sent, and never told: not now, not later, by no door', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId, id: before } = await bob.says('before', alice)
    await alice.sees(conversationId, before)
    await alice.device.client.privacy.block(bob.id, true)
    const laptop = await alice.opens()
    await observed(laptop.client.privacy.rules, ({ blocked }) => blocked.has(bob.id), 'on the laptop too')
    const ear = await alice.socket()
    const during = await bob.says('a canary in a coal mine', conversationId)
    await bob.device.sees(conversationId, during.id, ({ state }) => state === 'sent')
    const { messages } = await alice.does('listMessages', { conversationId })
    expect(messages.at(-1)).toMatchObject({ id: during.id, body: { text: '' }, deletedAt: 0 })
    const { conversation } = await alice.does('getConversation', { conversationId })
    expect(conversation).toMatchObject({ me: { unread: 1 }, lastMessage: { id: before } })
    expect((await alice.does('searchMessages', { query: 'canary' })).hits).toEqual([])
    expect(await alice.refusal('getMessage', { conversationId, id: during.id })).toBe('MESSAGE_NOT_FOUND')
    await eventually(() => (ear.frames.join().includes(during.id) ? true : undefined), 'its place is told')
    expect(ear.frames.join()).not.toContain('canary')

    expect(
      await bob.refusal('editMessage', { conversationId, id: before, bodyRev: 2, body: { text: 'canary' } }),
    ).toBe('EDIT_WINDOW_CLOSED')
    await alice.device.client.privacy.block(bob.id, false)
    await observed(laptop.client.privacy.rules, ({ blocked }) => blocked.size === 0, 'let in again')
    const after = await bob.says('after', conversationId)
    await alice.sees(conversationId, after.id)
    const now = await alice.does('listMessages', { conversationId })
    expect(now.messages.map(({ deletedAt }) => deletedAt)).toEqual([null, null, 0, null])
    expect((await alice.does('getConversation', { conversationId })).conversation.me.unread).toBe(2)
  })

  test('[BLK-1] nobody writes, types, is seen, or is put into a group; both stay where they are', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await directOf(alice, bob)
    const shared = await groupOf(carol, alice, bob)
    const [ofAlice, ofBob] = [await alice.socket(), await bob.socket()]
    await ofBob.ask('watchPresence', { userIds: [alice.id] })
    const watched = async (one: Person, other: Person) =>
      (await one.does('watchPresence', { userIds: [other.id] })).presences.map(({ status }) => status)
    expect(await watched(bob, alice)).toEqual(['online'])
    expect((await block(alice, bob)).entry).not.toBeNull()
    expect((await block(alice, bob)).entry).toBeNull()

    expect(
      await alice.refusal('sendMessage', {
        conversationId,
        id: newMessageId(),
        kind: 'text',
        body: { text: 'no' },
        sentAt: 1,
      }),
    ).toBe('RECIPIENT_UNAVAILABLE')
    expect(await watched(bob, alice)).toEqual([])
    expect(await watched(alice, bob)).toEqual([])
    await ofBob.hears('notifications_batch', (notices: { userId?: string; status?: string }[]) =>
      notices.some(({ userId, status }) => userId === alice.id && status === 'offline'),
    )
    for (const [one, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const group = { kind: 'group' as const, title: 'Us', memberIds: [other.id] }
      expect(await one.refusal('createConversation', group)).toBe('RECIPIENT_UNAVAILABLE')
      const own = await groupOf(one)
      expect(await one.refusal('addMembers', { conversationId: own, userIds: [other.id] })).toBe(
        'RECIPIENT_UNAVAILABLE',
      )
      await one.does('setTyping', { conversationId, state: 'typing' })
    }
    await carol.does('addMembers', { conversationId: shared, userIds: [alice.id, bob.id] })
    await send(bob, shared, 'both are here')
    const { messages } = await alice.does('listMessages', { conversationId: shared })
    expect(messages.at(-1)).toMatchObject({ body: { text: 'both are here' } })
    for (const ear of [ofAlice, ofBob]) expect(ear.heard.map(({ name }) => name)).not.toContain('typing')
    expect(
      await alice.refusal('keep', {
        change: { keep: 'block', userId: someUserId(), at: 1, isBlocked: true },
      }),
    ).toBe('USER_NOT_FOUND')
    expect(
      await alice.refusal('keep', { change: { keep: 'block', userId: alice.id, at: 1, isBlocked: true } }),
    ).toBe('USER_NOT_FOUND')

    const { dave } = await world.accounts('dave')
    await block(dave, bob)
    expect(await bob.refusal('createConversation', { kind: 'direct', userId: dave.id })).toBe(
      'RECIPIENT_UNAVAILABLE',
    )
  })

  test('[BLK-3] neither learns how far the other is, until it ends', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId, id, seq } = await bob.says('seen?', alice)
    await alice.sees(conversationId, id)
    await bob.device.sees(conversationId, id, ({ state }) => state === 'delivered')
    await block(alice, bob)
    const ear = await bob.socket()
    await alice.does('markRead', { conversationId, seq })
    const others = async (): Promise<OthersMarks> =>
      (await bob.does('getConversation', { conversationId })).conversation.others
    expect(await others()).toEqual({ deliveredSeq: seq, readSeq: 1 })
    const synced = await bob.does('sync', { conversations: { [conversationId]: 2 }, account: 0 })
    expect(synced.marks[conversationId]?.others.readSeq).toBe(1)
    expect((await bob.does('listReceipts', { conversationId, seq })).read).toEqual([])
    expect(ear.frames.join()).not.toContain(`"readSeq":${seq}`)
    await block(alice, bob, false)
    await bob.device.sees(conversationId, id, ({ state }) => state === 'read')
  })

  test('[BLK-4] photo and about are not for who is blocked, in groups either; nobody else notices', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const shared = await groupOf(carol, alice, bob)
    await alice.does('updateMe', { about: 'Sails in May' })
    const aboutFor = (person: Person, about: string) =>
      observed(person.device.client.users.user(alice.id), (user) => user?.about === about, about)
    await aboutFor(bob, 'Sails in May')
    await block(alice, bob)
    await aboutFor(bob, '')
    await aboutFor(carol, 'Sails in May')
    await alice.does('updateMe', { about: 'Sails in June' })
    await aboutFor(carol, 'Sails in June')
    const about = async (person: Person) => {
      const { members } = await person.does('listMembers', { conversationId: shared })
      return members.find(({ user }) => user.id === alice.id)?.user.about
    }
    expect([await about(bob), await about(carol), await about(alice)]).toEqual([
      '',
      'Sails in June',
      'Sails in June',
    ])
    expect((await bob.does('getUser', { userId: alice.id })).user.about).toBe('')
    await carol.does('updateConversation', { conversationId: shared, title: 'Sailors' })
    await observed(
      bob.device.client.conversations.one(shared),
      (view) => view?.title === 'Sailors',
      'the new title',
    )
    await block(alice, bob, false)
    await aboutFor(bob, 'Sails in June')
  })
})
