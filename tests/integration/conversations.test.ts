// Conversations: direct ones (one for each pair), groups, the list, title and description.
import { expect, test } from 'vitest'
import { directOf, groupOf, newOpId, send, someConversationId, someUserId, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', (store) => {
  const world = useWorld(store)

  test('two people have one direct conversation, whoever opens it and however often at once', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const opened = await Promise.all([directOf(alice, bob), directOf(bob, alice), directOf(alice, bob)])
    expect(new Set(opened).size).toBe(1)
    expect(await alice.refusal('createConversation', { kind: 'direct', userId: someUserId() })).toBe(
      'USER_NOT_FOUND',
    )
  })

  test('a group is made once for an opId; a member who is nobody is refused, and nothing is made', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const input = { kind: 'group' as const, title: 'Choir', memberIds: [bob.id], opId: newOpId() }
    const first = await alice.does('createConversation', input)
    const again = await alice.does('createConversation', input)
    expect(again.conversation.id).toBe(first.conversation.id)
    expect(first.conversation).toMatchObject({ title: 'Choir', memberCount: 2, createdBy: alice.id })
    expect(first.conversation.me.role).toBe('owner')
    const memberIds = [bob.id, someUserId()]
    expect(await alice.refusal('createConversation', { kind: 'group', title: 'Ghosts', memberIds })).toBe(
      'USER_NOT_FOUND',
    )
    expect((await alice.does('listConversations', {})).total).toBe(1)
  })

  test('a new group is on its members’ screens at once, with what happened', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await alice.device.client.conversations.createGroup({ title: 'Choir', memberIds: [bob.id] })
    await bob.device.joins(id)
    const view = bob.device.client.conversations.one(id).get()
    expect(view?.title).toBe('Choir')
    const message = await alice.says('welcome', id)
    await bob.sees(id, message.id)
  })

  test('the list is by newest activity, in pages by offset and by cursor', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids = []
    for (let i = 0; i < 5; i++) ids.push(await groupOf(alice, bob))
    await send(bob, ids[1]!, 'this one is the newest now')
    const expected = [ids[1], ids[4], ids[3], ids[2], ids[0]]
    const first = await alice.does('listConversations', { limit: 2, offset: 0 })
    expect(first).toMatchObject({ total: 5, hasMore: true })
    const byOffset = await alice.does('listConversations', { limit: 20, offset: 2 })
    expect(byOffset.hasMore).toBe(false)
    const seen = [...first.conversations, ...byOffset.conversations].map(({ id }) => id)
    expect(seen).toEqual(expected)
    let page = first
    const byCursor = page.conversations.map(({ id }) => id)
    while (page.cursor !== null) {
      page = await alice.does('listConversations', { limit: 2, cursor: page.cursor })
      byCursor.push(...page.conversations.map(({ id }) => id))
    }
    expect(byCursor).toEqual(expected)
    expect(await alice.refusal('listConversations', { limit: 101 })).toBe('INVALID')
    expect(await alice.refusal('listConversations', { cursor: 'nonsense' })).toBe('INVALID')
  })

  test('[LOG-6] a title is changed by an admin; that is a message of the log which never changes again', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await groupOf(alice, bob)
    expect(await bob.refusal('updateConversation', { conversationId: id, title: 'Mine' })).toBe(
      'ROLE_REQUIRED',
    )
    await alice.device.joins(id)
    await alice.device.client.conversations.update(id, { title: 'Renamed', description: 'Sundays' })
    await observed(
      bob.device.client.conversations.one(id),
      (view) => view?.title === 'Renamed' && view.conversation.description === 'Sundays',
      'bob sees the new title',
    )
    const { messages } = await alice.does('listMessages', { conversationId: id })
    const events = messages.map(({ kind, body }) =>
      kind === 'system' ? (body as { event: string }).event : kind,
    )
    expect(events).toEqual(['conversation_created', 'title_changed', 'description_changed'])
    const target = { conversationId: id, id: messages[1]!.id }
    expect(await alice.refusal('deleteMessage', target)).toBe('MESSAGE_FIXED')
    expect(await alice.refusal('react', { ...target, emoji: '👍' })).toBe('MESSAGE_FIXED')
    expect(
      await alice.refusal('editMessage', { ...target, bodyRev: messages[1]!.bodyRev, body: { text: 'x' } }),
    ).toBe('MESSAGE_FIXED')
  })

  test('[LOG-7] a title that is the same already takes no rev', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await groupOf(alice, bob)
    const { conversation } = await alice.does('updateConversation', { conversationId: id, title: 'Walkers' })
    expect(conversation.rev).toBe(1)
    expect(
      (await alice.does('updateConversation', { conversationId: id, title: 'Runners' })).conversation.rev,
    ).toBe(2)
  })

  test('a direct conversation has no title to change', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    expect(await alice.refusal('updateConversation', { conversationId: id, title: 'Us' })).toMatch(
      /^(GROUP|ROLE)_REQUIRED$/,
    )
    expect(await alice.refusal('addMembers', { conversationId: id, userIds: [bob.id] })).toMatch(
      /^(GROUP|ROLE)_REQUIRED$/,
    )
  })

  test('[SEC-9] a stranger reads a conversation that is there as one that is not', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const id = await groupOf(alice, bob)
    expect((await bob.does('getConversation', { conversationId: id })).conversation.id).toBe(id)
    expect(await carol.refusal('getConversation', { conversationId: id })).toBe('MEMBER_REQUIRED')
    expect(await carol.refusal('getConversation', { conversationId: someConversationId() })).toBe(
      'MEMBER_REQUIRED',
    )
  })

  test('a socket stops hearing a conversation and hears it again; a stranger’s cannot join', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const id = await groupOf(alice, bob)
    const socket = await bob.socket()
    const stranger = await carol.socket()
    const refused = await stranger.ask('joinConversation', { conversationId: id })
    expect(!refused.ok && refused.error.code).toBe('MEMBER_REQUIRED')
    await socket.ask('leaveConversation', { conversationId: id })
    await send(alice, id, 'unheard')
    await socket.ask('joinConversation', { conversationId: id })
    await socket.ask('joinConversation', { conversationId: id })
    const sent = await alice.does('sendMessage', textTo(id, 'heard'))
    await socket.hears(
      'receive_message',
      ({ message }: { message: { id: string } }) => message.id === sent.message?.id,
    )
    const heard = socket.heard.filter(({ name }) => name === 'receive_message')
    expect(heard).toHaveLength(1)
    expect(stranger.frames.join()).not.toContain(id)
  })
})
