// What the members of a group may do: rights that admins change, looked at by the commit of whatever takes them.
import { expect, test } from 'vitest'
import { limits, type UserId } from '@palabre/protocol'
import { groupOf, send, someUserId, textOf, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', {}, (store) => {
  const world = useWorld(store)

  test('[GRP-1] where only admins send a member reads and reacts, and neither sends nor edits', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const before = await send(bob, conversationId, 'while I could')
    const sent = textTo(conversationId, 'twice')
    await bob.does('sendMessage', sent)
    await alice.does('setRight', { conversationId, right: 'send', allowed: 'admins' })
    expect(await bob.refusal('sendMessage', textTo(conversationId, 'now?'))).toBe('SENDING_RESTRICTED')
    const edit = { conversationId, id: before.id, bodyRev: before.bodyRev, body: { text: 'while I can' } }
    expect(await bob.refusal('editMessage', edit)).toBe('SENDING_RESTRICTED')
    // What was stored once is answered as stored (LOG-2).
    expect((await bob.does('sendMessage', sent)).duplicate).toBe(true)
    const said = await send(alice, conversationId, 'to all of you')
    await bob.does('react', { conversationId, id: said.id, emoji: '👍' })
    // A device that did not know is refused for good, and shows it (OUT-3).
    const client = bob.device.client
    await bob.sees(conversationId, said.id)
    const id = await client.messages.send(conversationId, { text: 'from the outbox' })
    const timeline = client.messages.timeline(conversationId)
    const isRefused = (one: { message: { id: string }; error: string | null }) =>
      one.message.id === id && one.error === 'SENDING_RESTRICTED'
    await observed(timeline, ({ messages }) => messages.some(isRefused), 'the message is refused')
    await client.messages.discard(conversationId, id)
    // An admin may; and everyone again.
    await alice.does('changeRole', { conversationId, userId: bob.id, role: 'admin' })
    await send(bob, conversationId, 'as an admin')
    await alice.does('changeRole', { conversationId, userId: bob.id, role: 'member' })
    await client.groups.setRight(conversationId, 'send', 'everyone').catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'ROLE_REQUIRED' })
    })
    await alice.does('setRight', { conversationId, right: 'send', allowed: 'everyone' })
    await send(bob, conversationId, 'as a member')
  })

  test('[GRP-1] editing, pinning and adding follow their rights, each alone', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    const message = await send(alice, conversationId, 'look here')
    const acts = {
      title: () => bob.refusal('updateConversation', { conversationId, title: 'Hikers' }),
      description: () => bob.refusal('updateConversation', { conversationId, description: 'On foot' }),
      timer: () => bob.refusal('setTimer', { conversationId, expireAfterMs: 3_600_000 }),
      photo: () => bob.refusal('setConversationPhoto', { conversationId, mediaId: null }),
      pin: () => bob.refusal('pinMessage', { conversationId, id: message.id, forMs: limits.pinForMs[0] }),
      unpin: () => bob.refusal('unpinMessage', { conversationId, id: message.id }),
      add: () => bob.refusal('addMembers', { conversationId, userIds: [carol.id] }),
    }
    const refused = async () => {
      const found: string[] = []
      for (const [name, act] of Object.entries(acts)) {
        const code = await act()
        if (code !== null) found.push(`${name} ${code}`)
      }
      return found
    }
    const set = (right: 'edit' | 'pin' | 'add', allowed: 'everyone' | 'admins') =>
      alice.does('setRight', { conversationId, right, allowed })
    const no = (...names: string[]) => names.map((name) => `${name} ROLE_REQUIRED`)
    expect(await refused()).toEqual(no('title', 'description', 'timer', 'photo', 'add'))
    await set('pin', 'admins')
    expect(await refused()).toEqual(no('title', 'description', 'timer', 'photo', 'pin', 'unpin', 'add'))
    await set('edit', 'everyone')
    expect(await refused()).toEqual(no('pin', 'unpin', 'add'))
    await set('add', 'everyone')
    expect(await refused()).toEqual(no('pin', 'unpin'))
    const { conversation } = await carol.does('getConversation', { conversationId })
    expect(conversation).toMatchObject({ title: 'Hikers', description: 'On foot', memberCount: 3 })
    expect(conversation.settings.rights).toEqual({ pin: 'admins', edit: 'everyone', add: 'everyone' })
  })

  test('[GRP-3] an owner who leaves names who takes over; a member’s word for it is nothing', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    await alice.device.joins(conversationId)
    const leave = (person: typeof alice, heirId: UserId) =>
      person.refusal('removeMember', { conversationId, userId: person.id, heirId })
    expect(await leave(alice, someUserId())).toBe('MEMBER_NOT_FOUND')
    await alice.device.client.conversations.leave(conversationId, carol.id)
    const { conversation } = await bob.does('getConversation', { conversationId })
    expect(conversation.members[0]).toMatchObject({ role: 'owner', user: { id: carol.id } })
    expect(conversation.lastMessage?.body).toEqual({
      event: 'member_left',
      userId: alice.id,
      heirId: carol.id,
    })
    expect(await leave(bob, bob.id)).toBeNull()
    expect((await carol.does('getConversation', { conversationId })).conversation.me.role).toBe('owner')
  })

  test('[GRP-2] admins of a group change a right, by a system message; the same again says nothing', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    const right = { conversationId, right: 'send', allowed: 'admins' } as const
    expect(await bob.refusal('setRight', right)).toBe('ROLE_REQUIRED')
    expect(await carol.refusal('setRight', right)).toBe('MEMBER_REQUIRED')
    const { conversation } = await alice.does('setRight', right)
    expect(conversation.lastMessage).toMatchObject({ senderId: alice.id, seq: 2 })
    expect(conversation.lastMessage && textOf(conversation.lastMessage)).toBe('right_changed')
    expect((await alice.does('setRight', right)).conversation.rev).toBe(conversation.rev)
    const direct = await alice.does('createConversation', { kind: 'direct', userId: bob.id })
    const there = { ...right, conversationId: direct.conversation.id }
    expect(await alice.refusal('setRight', there)).toBe('ROLE_REQUIRED')
  })
})
