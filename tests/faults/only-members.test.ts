// P6: only members. What is committed after a removal reaches the one who was removed by no route at all.
import { expect, test } from 'vitest'
import { groupOf, range, send, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', (store) => {
  const world = useWorld(store)

  test('[P6] [MEM-2] a removed member’s raw frames hold nothing that was said after the removal', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    const before = await send(alice, conversationId, 'before the removal')
    const ears = [await bob.socket(), await bob.socket()]
    // People go on talking while the removal is on its way.
    const talking = Promise.all(
      range(1, 40).map(async (n) => {
        if (n === 20) await alice.does('removeMember', { conversationId, userId: bob.id })
        return send(carol, conversationId, `during the removal ${n}`)
      }),
    )
    const said = await talking
    const { messages } = await alice.does('listMessages', { conversationId, limit: 100 })
    const removal = messages.find(
      ({ kind, body }) => kind === 'system' && (body as { event: string }).event === 'member_removed',
    )!
    const after = await send(alice, conversationId, 'a secret after the removal')
    await carol.does('editMessage', {
      conversationId,
      id: said[0]!.id,
      bodyRev: said[0]!.bodyRev,
      body: { text: 'a secret edit' },
    })
    await carol.does('react', { conversationId, id: before.id, emoji: '🤫' })
    await alice.does('markRead', { conversationId, seq: after.seq })
    await alice.does('setTyping', { conversationId, state: 'typing' })
    await alice.does('updateConversation', { conversationId, title: 'A secret title' })

    for (const ear of ears) {
      await ear.hears('conversation_removed')
      const late = [...said, after].filter(({ seq }) => seq > removal.seq)
      expect(late.length).toBeGreaterThan(0)
      // An answer to a question of one's own comes after everything that was on its way.
      await ear.ask('getMe', {})
      const frames = ear.frames.join('\n')
      for (const { id } of late) expect(frames).not.toContain(id)
      expect(frames).not.toMatch(/a secret|🤫/)
    }

    const asked = [
      await bob.ask('listMessages', { conversationId }),
      await bob.ask('getMessage', { conversationId, id: after.id }),
      await bob.ask('getConversation', { conversationId }),
      await bob.ask('listConversations', {}),
      await bob.ask('messagesSince', { timestamp: 0 }),
      await bob.ask('sync', { conversations: { [conversationId]: 1 }, account: 0 }),
      await bob.ask('sync', { conversations: {}, account: 0, only: [conversationId] }),
      await bob.ask('editMessage', { conversationId, id: before.id, bodyRev: 1, body: { text: 'x' } }),
      await bob.ask('sendMessage', textTo(conversationId, 'hello?', after.id)),
      await ears[0]!.ask('joinConversation', { conversationId }),
    ]
    expect(JSON.stringify(asked)).not.toMatch(/a secret|before the removal/)
    const said2 = await send(alice, conversationId, 'another secret')
    await ears[0]!.ask('getMe', {})
    expect(ears[0]!.frames.join('\n')).not.toContain(said2.id)
  })

  test('[P6] [MEM-1] removed and added over and over, one hears exactly what was said while a member', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const ear = await bob.socket()
    const [inside, outside]: [string[], string[]] = [[], []]
    for (const round of range(1, 6)) {
      const said = await send(alice, conversationId, `inside ${round}`)
      inside.push(said.id)
      // Told after its ack (P5): whoever has been removed by then is told no more (MEM-1).
      await ear.hears('receive_message', ({ message }: { message: { id: string } }) => message.id === said.id)
      await alice.does('removeMember', { conversationId, userId: bob.id })
      outside.push((await send(alice, conversationId, `outside ${round}`)).id)
      await alice.does('addMembers', { conversationId, userIds: [bob.id] })
    }
    const last = await send(alice, conversationId, 'the end')
    await ear.hears('receive_message', ({ message }: { message: { id: string } }) => message.id === last.id)
    const frames = ear.frames.join('\n')
    for (const id of inside) expect(frames).toContain(id)
    for (const id of outside) expect(frames).not.toContain(id)
  })

  test('[P6] nobody who never was a member hears anything of a conversation', async () => {
    const { alice, bob, mallory } = await world.accounts('alice', 'bob', 'mallory')
    const conversationId = await groupOf(alice, bob)
    const ear = await mallory.socket()
    const friend = await bob.socket()
    await ear.ask('joinConversation', { conversationId })
    await ear.ask('watchPresence', { userIds: [alice.id, bob.id] })
    const message = await send(alice, conversationId, 'between us')
    await alice.does('react', { conversationId, id: message.id, emoji: '👍' })
    await friend.ask('setTyping', { conversationId, state: 'typing' })
    await friend.hears('message_updated')
    await ear.ask('getMe', {})
    expect(ear.heard).toEqual([])
  })
})
