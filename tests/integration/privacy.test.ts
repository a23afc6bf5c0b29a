// Who sees what, who may write first and add one to groups, and first words that wait for an answer (PRIV-1 … REQ-4).
import { expect, test } from 'vitest'
import type { Audience, PrivacyMatter } from '@palabre/protocol'
import { directOf, groupOf, newMessageId, send, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const choose = (person: Person, matter: PrivacyMatter, who: Audience) =>
  person.does('keep', { change: { keep: 'privacy', at: Date.now(), matter, who } })

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[PRIV-2] about is for those one has chosen, at every door, and follows the choice', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const group = await groupOf(bob, alice)
    await alice.does('updateMe', { about: 'Sails in May' })
    const seen = async (person: Person) => {
      const { user } = await person.does('getUser', { userId: alice.id })
      const { users } = await person.does('findUsers', { query: alice.username })
      expect(users[0]?.about).toBe(user.about)
      return user.about
    }
    await choose(alice, 'about', 'contacts')
    expect([await seen(alice), await seen(bob), await seen(carol)]).toEqual([
      'Sails in May',
      'Sails in May',
      '',
    ])
    await choose(alice, 'about', 'nobody')
    const held = bob.device.client.users.user(alice.id)
    await observed(held, (user) => user?.about === '', 'gone for bob')
    const { conversation } = await bob.does('getConversation', { conversationId: group })
    expect(conversation.members.find(({ user }) => user.id === alice.id)?.user.about).toBe('')
    expect((await alice.does('getMe', {})).user.about).toBe('Sails in May')
    await choose(alice, 'about', 'everyone')
    await observed(held, (user) => user?.about === 'Sails in May', 'back for bob')
    expect(await seen(carol)).toBe('Sails in May')
  })

  test('[PRIV-3] who hides when they were there does not see it of others either', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    await directOf(alice, bob)
    await bob.does('addContact', { userId: carol.id })
    const sees = async (one: Person, other: Person) =>
      (await one.does('watchPresence', { userIds: [other.id] })).presences.length === 1
    expect([await sees(alice, bob), await sees(bob, alice), await sees(bob, carol)]).toEqual([
      true,
      true,
      true,
    ])
    await choose(alice, 'lastSeen', 'nobody')
    expect([await sees(alice, bob), await sees(bob, alice)]).toEqual([false, false])
    await choose(carol, 'lastSeen', 'contacts')
    expect(await sees(bob, carol)).toBe(false)
    await carol.does('addContact', { userId: bob.id })
    expect(await sees(bob, carol)).toBe(true)
  })

  test('[PRIV-4] receipts that are off are off for both, in direct conversations', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId, id, seq } = await bob.says('seen?', alice)
    const group = await groupOf(bob, alice)
    const inGroup = await send(bob, group, 'and here?')
    await alice.sees(conversationId, id)
    await choose(alice, 'receipts', 'nobody')
    await observed(
      bob.device.client.conversations.one(conversationId),
      (view) => view?.conversation.others.readSeq === null,
      'told that nothing is told',
    )
    await alice.does('markRead', { conversationId, seq })
    await alice.does('markRead', { conversationId: group, seq: inGroup.seq })
    const readSeq = async (person: Person, of: typeof conversationId) =>
      (await person.does('getConversation', { conversationId: of })).conversation.others.readSeq
    expect([await readSeq(bob, conversationId), await readSeq(alice, conversationId)]).toEqual([null, null])
    expect(await readSeq(bob, group)).toBe(inGroup.seq)
    expect(await bob.does('listReceipts', { conversationId, seq })).toMatchObject({
      read: [],
      delivered: [alice.id],
    })
    await choose(alice, 'receipts', 'everyone')
    await bob.device.sees(conversationId, id, ({ state }) => state === 'read')
    expect(
      await alice.refusal('keep', {
        change: { keep: 'privacy', at: 1, matter: 'receipts', who: 'contacts' },
      }),
    ).toBe('INVALID')
  })

  test('[PRIV-1] who may write first and add one to groups; choices are on all devices', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const laptop = await alice.opens()
    await alice.device.client.privacy.choose('write', 'nobody')
    await alice.device.client.privacy.choose('add', 'contacts')
    await observed(
      laptop.client.privacy.rules,
      ({ chosen }) => chosen.get('write') === 'nobody' && chosen.get('add') === 'contacts',
      'on the laptop',
    )
    await observed(alice.device.client.waiting, (waiting) => waiting === 0, 'on the server')
    expect(await bob.refusal('createConversation', { kind: 'direct', userId: alice.id })).toBe(
      'RECIPIENT_UNAVAILABLE',
    )
    const group = { kind: 'group' as const, title: 'Us', memberIds: [alice.id] }
    expect(await bob.refusal('createConversation', group)).toBe('RECIPIENT_UNAVAILABLE')
    await groupOf(alice, bob)
    await bob.does('createConversation', group)
    expect(await carol.refusal('createConversation', group)).toBe('RECIPIENT_UNAVAILABLE')
    await alice.does('addContact', { userId: carol.id })
    await carol.does('createConversation', group)
  })
})

onEachStore('where the directory is closed, on %s', { isLong: true }, (store) => {
  const world = useWorld(store, { DIRECTORY: 'contacts' })

  test('[REQ-1] [REQ-3] the first words of a stranger wait for an answer, and nothing is told meanwhile', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId, id, seq } = await bob.says('Do you remember me?', alice)
    const { rules } = alice.device.client.privacy
    await observed(rules, ({ requests }) => requests.get(bob.id) === conversationId, 'a request')
    await alice.sees(conversationId, id)
    await alice.does('markRead', { conversationId, seq })
    const others = async () => (await bob.does('getConversation', { conversationId })).conversation.others
    expect(await others()).toEqual({ deliveredSeq: 1, readSeq: 1 })
    for (const [one, other] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      expect(await one.does('watchPresence', { userIds: [other.id] })).toEqual({ presences: [] })

    // Writing back answers it.
    await send(alice, conversationId, 'Of course')
    await observed(rules, ({ requests }) => requests.size === 0, 'answered')
    await bob.device.sees(conversationId, id, ({ state }) => state === 'read')
    expect((await bob.does('watchPresence', { userIds: [alice.id] })).presences).toHaveLength(1)
  })

  test('[REQ-2] [REQ-4] text only, and not much of it, until it is accepted', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await directOf(bob, alice)
    const card = {
      conversationId,
      id: newMessageId(),
      kind: 'contact' as const,
      body: { contact: { name: 'Me', userId: bob.id, phones: [], emails: [] } },
      sentAt: 1,
    }
    expect(await bob.refusal('sendMessage', card)).toBe('REQUEST_PENDING')
    for (let n = 0; n < 10; n += 1) await send(bob, conversationId, `please ${n}`)
    expect(await bob.refusal('sendMessage', textTo(conversationId, 'please'))).toBe('REQUEST_PENDING')
    const accept = { change: { keep: 'accept', at: Date.now(), userId: bob.id } } as const
    expect((await alice.does('keep', accept)).entry).not.toBeNull()
    expect((await alice.does('keep', accept)).entry).toBeNull()
    await bob.does('sendMessage', card)

    // Whom one keeps as a contact is no stranger.
    await alice.does('addContact', { userId: carol.id })
    const known = await directOf(carol, alice)
    expect(
      await carol.refusal('sendMessage', { ...card, conversationId: known, id: newMessageId() }),
    ).toBeNull()
  })

  test('[PRIV-1] who is no contact may not add one to a group', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const group = await groupOf(bob)
    const add = { conversationId: group, userIds: [alice.id] }
    expect(await bob.refusal('addMembers', add)).toBe('RECIPIENT_UNAVAILABLE')
    await alice.does('addContact', { userId: bob.id })
    await bob.does('addMembers', add)
  })
})
