// Notes: the conversation with oneself. All that holds for a conversation holds for it, alone.
import { expect, test } from 'vitest'
import { directOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', {}, (store) => {
  const world = useWorld(store)

  test('[NOTE-1] one has one conversation with oneself, and nobody else has it', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const [first, again] = [await directOf(alice, alice), await directOf(alice, alice)]
    expect(again).toBe(first)
    expect(await directOf(bob, bob)).not.toBe(first)
    expect(await bob.refusal('getConversation', { conversationId: first })).toBe('MEMBER_REQUIRED')
    const { conversation } = await alice.does('getConversation', { conversationId: first })
    expect(conversation).toMatchObject({ kind: 'direct', memberCount: 1, title: null })
    expect(await alice.refusal('addMembers', { conversationId: first, userIds: [bob.id] })).toBe(
      'GROUP_REQUIRED',
    )
  })

  test('[NOTE-1] a note is on all of one’s devices, read and never unread; it can be found, edited and answered', async () => {
    const { alice } = await world.people('alice')
    const other = await alice.opens()
    const note = await alice.says('buy milk', alice)
    const { conversationId, id } = note
    await other.sees(conversationId, id)
    const view = await observed(
      other.client.conversations.one(conversationId),
      (held) => held?.last?.message.id === id,
      'the note is in the list',
    )
    expect(view).toMatchObject({ isNotes: true, title: 'Notes', other: null, unread: 0 })
    expect(view?.last?.state).toBe('read')
    other.client.conversations.nameNotes('Mes notes')
    expect(other.client.conversations.one(conversationId).get()?.title).toBe('Mes notes')
    other.client.conversations.nameNotes('Notes')
    await other.client.messages.edit(conversationId, id, 'buy oat milk')
    await alice.device.sees(conversationId, id, ({ message }) => message.editedAt !== null)
    const { hits } = await alice.does('searchMessages', { query: 'oat' })
    expect(hits.map(({ message }) => message.id)).toEqual([id])
    const answer = await other.client.messages.send(conversationId, { text: 'bought', replyTo: id })
    expect((await alice.sees(conversationId, answer)).replyTo).toBe(id)
  })
})
