// Pinned messages: three at most, for a while, told by a system message.
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { directOf, groupOf, newMessageId, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', {}, (store) => {
  const world = useWorld(store)
  const [day, week] = limits.pinForMs

  test('[PIN-1] members pin at most three messages; the oldest makes room', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const said = []
    for (const text of ['one', 'two', 'three', 'four']) said.push(await send(alice, conversationId, text))
    const ids = said.map(({ id }) => id)
    const pinned = async (at: number, forMs: number) => {
      const id = ids[at] ?? newMessageId()
      const { conversation } = await bob.does('pinMessage', { conversationId, id, forMs })
      return conversation.settings.pins?.map(({ messageId }) => ids.indexOf(messageId))
    }
    expect(await pinned(0, day)).toEqual([0])
    await pinned(1, week)
    expect(await pinned(2, week)).toEqual([0, 1, 2])
    expect(await pinned(3, week)).toEqual([1, 2, 3])
    // Again: it is the latest, and there once.
    expect(await pinned(1, day)).toEqual([2, 3, 1])
    expect(await pinned(0, week)).toEqual([3, 1, 0])
    const { conversation } = await alice.does('unpinMessage', { conversationId, id: ids[3] ?? '' })
    expect(conversation.settings.pins?.map(({ messageId }) => ids.indexOf(messageId))).toEqual([1, 0])
    expect(conversation.lastMessage?.body).toEqual({ event: 'message_unpinned', messageId: ids[3] })
    // What is not pinned cannot be taken away, and nothing is said.
    const again = await alice.does('unpinMessage', { conversationId, id: ids[3] ?? '' })
    expect(again.conversation.rev).toBe(conversation.rev)
  })

  test('[PIN-1] what is not there, not theirs, deleted or of the system is not pinned', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await directOf(alice, bob)
    const { id } = await send(alice, conversationId, 'soon gone')
    const refusal = (person: typeof alice, messageId: string, forMs: number = day) =>
      person.refusal('pinMessage', { conversationId, id: messageId, forMs })
    expect(await refusal(carol, id)).toBe('MEMBER_REQUIRED')
    expect(await refusal(bob, newMessageId())).toBe('MESSAGE_NOT_FOUND')
    expect(await refusal(bob, id, 5)).toBe('INVALID')
    const { messages } = await alice.does('listMessages', { conversationId })
    expect(await refusal(bob, messages[0]?.id ?? '')).toBe('MESSAGE_FIXED')
    await alice.does('deleteMessage', { conversationId, id })
    expect(await refusal(bob, id)).toBe('MESSAGE_DELETED')
  })
})
