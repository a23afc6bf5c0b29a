// Members and roles: who may add, remove, promote; what those who come, go and come back get to see.
import { expect, test } from 'vitest'
import { groupOf, send, seqsOf, someUserId, textsOf, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', (store) => {
  const world = useWorld(store)

  test('an admin adds people; a member cannot, and nobody is added who is nobody', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    expect(await bob.refusal('addMembers', { conversationId, userIds: [carol.id] })).toBe('ROLE_REQUIRED')
    expect(await alice.refusal('addMembers', { conversationId, userIds: [someUserId()] })).toBe(
      'USER_NOT_FOUND',
    )
    const { conversation } = await alice.does('addMembers', { conversationId, userIds: [bob.id, carol.id] })
    expect(conversation.memberCount).toBe(3)
    const { members, total } = await carol.does('listMembers', { conversationId })
    expect(total).toBe(3)
    expect(members[0]).toMatchObject({ role: 'owner', user: { id: alice.id } })
    expect(new Set(members.map(({ user }) => user.id))).toEqual(new Set([alice.id, bob.id, carol.id]))
  })

  test('[LOG-7] adding only people who are members already stores nothing', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const { conversation } = await alice.does('addMembers', { conversationId, userIds: [bob.id] })
    expect(conversation.rev).toBe(1)
  })

  test('roles: the owner promotes and hands over, an admin cannot make an owner, a member nothing', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    const change = (role: 'owner' | 'admin' | 'member', userId = bob.id) => ({ conversationId, userId, role })
    expect(await carol.refusal('changeRole', change('admin'))).toBe('ROLE_REQUIRED')
    await alice.does('changeRole', change('admin'))
    expect(await bob.refusal('changeRole', change('owner', carol.id))).toBe('ROLE_REQUIRED')
    expect(await bob.refusal('changeRole', change('member', alice.id))).toMatch(
      /^(ROLE_REQUIRED|OWNER_REQUIRED)$/,
    )
    await bob.does('changeRole', change('admin', carol.id))
    expect(await alice.refusal('changeRole', change('admin', someUserId()))).toBe('MEMBER_NOT_FOUND')
    await alice.does('changeRole', change('owner'))
    const { members } = await alice.does('listMembers', { conversationId })
    const roleOf = (userId: string) => members.find(({ user }) => user.id === userId)?.role
    expect(roleOf(bob.id)).toBe('owner')
    expect(roleOf(alice.id)).not.toBe('owner')
  })

  test('an admin removes a member, a member does not; the owner is not removed', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    expect(await carol.refusal('removeMember', { conversationId, userId: bob.id })).toBe('ROLE_REQUIRED')
    await alice.does('changeRole', { conversationId, userId: bob.id, role: 'admin' })
    expect(await bob.refusal('removeMember', { conversationId, userId: alice.id })).toMatch(
      /^(ROLE_REQUIRED|OWNER_REQUIRED)$/,
    )
    await bob.does('removeMember', { conversationId, userId: carol.id })
    expect(await bob.refusal('removeMember', { conversationId, userId: carol.id })).toBe('MEMBER_NOT_FOUND')
    expect(await carol.refusal('getConversation', { conversationId })).toBe('MEMBER_REQUIRED')
  })

  test('an owner who leaves makes an heir; the last one to leave may', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    await alice.does('removeMember', { conversationId, userId: alice.id })
    const { conversation } = await bob.does('getConversation', { conversationId })
    expect(conversation.me.role).toBe('owner')
    expect(conversation.memberCount).toBe(1)
    await bob.does('removeMember', { conversationId, userId: bob.id })
    expect((await bob.does('listConversations', {})).total).toBe(0)
  })

  test('[MEM-2] who is removed loses the conversation on every device, and can do nothing there', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const laptop = await bob.opens()
    const conversationId = await groupOf(alice, bob)
    await Promise.all([bob.device.joins(conversationId), laptop.joins(conversationId)])
    await alice.does('removeMember', { conversationId, userId: bob.id })
    for (const device of [bob.device, laptop]) {
      await observed(device.client.conversations.one(conversationId), (view) => view === null, 'it is gone')
    }
    expect(await bob.refusal('sendMessage', textTo(conversationId, 'still here?'))).toBe('MEMBER_REQUIRED')
    expect(await bob.refusal('listMessages', { conversationId })).toBe('MEMBER_REQUIRED')
    const sync = await bob.does('sync', { conversations: { [conversationId]: 1 }, account: 0 })
    expect(sync.removed).toEqual([conversationId])
    expect(sync.conversations).toEqual([])
  })

  test('[MEM-3] the ack of one’s own leaving drops the conversation at once', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    await bob.device.joins(conversationId)
    await bob.device.client.conversations.leave(conversationId)
    expect(bob.device.client.conversations.one(conversationId).get()).toBeNull()
    expect((await alice.does('getConversation', { conversationId })).conversation.memberCount).toBe(1)
  })

  test('[MEM-3] [SYNC-8] who is added sees nothing from before, not even through an edit or a quote', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    const old = await send(alice, conversationId, 'a secret of old')
    const ear = await carol.socket()
    await alice.does('addMembers', { conversationId, userIds: [carol.id] })
    await carol.device.joins(conversationId)

    await bob.does('react', { conversationId, id: old.id, emoji: '👍' })
    const edit = {
      conversationId,
      id: old.id,
      bodyRev: old.bodyRev,
      body: { text: 'a secret of old, edited' },
    }
    await alice.does('editMessage', edit)
    const reply = await send(bob, conversationId, 'about that', { replyTo: old.id })
    await carol.sees(conversationId, reply.id)

    expect(await carol.refusal('getMessage', { conversationId, id: old.id })).toBe('MESSAGE_NOT_FOUND')
    expect(await carol.refusal('react', { conversationId, id: old.id, emoji: '👍' })).toBe(
      'MESSAGE_NOT_FOUND',
    )
    expect(await carol.refusal('sendMessage', { ...textTo(conversationId, 'x'), replyTo: old.id })).toBe(
      'MESSAGE_NOT_FOUND',
    )
    const page = await carol.does('listMessages', { conversationId })
    expect(textsOf(page.messages)).toEqual(['about that'])
    expect(page.hasBefore).toBe(false)
    const { marks } = await carol.does('markRead', { conversationId, seq: 1 })
    expect(marks.unread).toBeLessThanOrEqual(1)
    const sync = JSON.stringify(await carol.does('sync', { conversations: {}, account: 0 }))
    const since = JSON.stringify(await carol.does('messagesSince', { timestamp: 0 }))
    for (const seen of [ear.frames.join(), sync, since]) expect(seen).not.toContain('a secret of old')
    const bare = ear.heard.filter(({ name }) => name === 'message_updated').map(({ data }) => data)
    expect(bare).toHaveLength(2)
    for (const data of bare) expect(Object.keys(data as object).sort()).toEqual(['conversationId', 'rev'])
  })

  test('[MEM-3] who is added again starts over: what was said meanwhile stays unseen', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const before = await send(alice, conversationId, 'before')
    await bob.sees(conversationId, before.id)
    await alice.does('removeMember', { conversationId, userId: bob.id })
    const meanwhile = await send(alice, conversationId, 'meanwhile')
    await alice.does('addMembers', { conversationId, userIds: [bob.id] })
    const after = await send(alice, conversationId, 'after')
    await bob.sees(conversationId, after.id)
    expect(textsOf(await bob.device.history(conversationId))).toEqual(['after'])
    const { messages } = await bob.does('listMessages', { conversationId })
    expect(seqsOf(messages).every((seq) => seq > meanwhile.seq)).toBe(true)
  })

  test('[MEM-1] a repeated removal and adding leaves everyone with the same view', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    for (let round = 0; round < 3; round++) {
      await alice.does('removeMember', { conversationId, userId: carol.id })
      await send(bob, conversationId, `without carol ${round}`)
      await alice.does('addMembers', { conversationId, userIds: [carol.id] })
      await send(bob, conversationId, `with carol ${round}`)
    }
    await carol.device.reads(conversationId, 'with carol 2')
    expect(textsOf(await carol.device.history(conversationId))).toEqual(['with carol 2'])
  })
})
