// Reactions: one a person and message.
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { directOf, groupOf, newMessageId, newOpId, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { useWorld } from '../kit/world.ts'

/** Distinct emoji, one more than a message takes. */
const many = Array.from({ length: limits.emojiPerMessage + 1 }, (_, i) => String.fromCodePoint(0x1f600 + i))

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('a reaction is seen by the other, replaced, and taken back', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId, id } = await alice.says('well?', bob)
    await bob.sees(conversationId, id)
    const react = (emoji: string | null) => bob.device.client.messages.react(conversationId, id, emoji)
    const seen = (emoji: string | null) =>
      alice.device.sees(conversationId, id, ({ message }) => (message.reactions[0]?.emoji ?? null) === emoji)
    await react('👍')
    expect((await seen('👍')).reactions).toEqual([{ emoji: '👍', userIds: [bob.id] }])
    await react('❤️')
    expect((await seen('❤️')).reactions).toEqual([{ emoji: '❤️', userIds: [bob.id] }])
    await react(null)
    expect((await seen(null)).reactions).toEqual([])
  })

  test('what is no single emoji is refused', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const { id } = await send(alice, conversationId, 'well?')
    for (const emoji of ['', 'x', '👍👍', 'ok', '<b>', ' ', '1']) {
      expect([emoji, await bob.refusal('react', { conversationId, id, emoji })]).toEqual([emoji, 'INVALID'])
    }
    for (const emoji of ['👍', '👩‍👩‍👧‍👦', '🇫🇷', '1️⃣', '👋🏽']) {
      expect([emoji, await bob.refusal('react', { conversationId, id, emoji })]).toEqual([emoji, null])
    }
    expect(await bob.refusal('react', { conversationId, id: newMessageId(), emoji: '👍' })).toBe(
      'MESSAGE_NOT_FOUND',
    )
  })

  test('[LOG-7] the same reaction again takes no rev, and a repeated operation is done once', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const { id } = await send(alice, conversationId, 'well?')
    const opId = newOpId()
    const first = await bob.does('react', { conversationId, id, emoji: '👍', opId })
    expect(await bob.does('react', { conversationId, id, emoji: '👍' })).toEqual(first)
    await bob.does('react', { conversationId, id, emoji: null })
    const repeated = await bob.does('react', { conversationId, id, emoji: '👍', opId })
    expect(repeated.message.reactions).toEqual([])
  })

  test('people who react at the same time all count', async () => {
    const people = await world.accounts('alice', 'bob', 'carol', 'dave')
    const { alice, ...others } = people
    const conversationId = await groupOf(alice, ...Object.values(others))
    const { id } = await send(alice, conversationId, 'well?')
    await Promise.all(
      Object.values(people).map((person) => person.does('react', { conversationId, id, emoji: '👍' })),
    )
    const { message } = await alice.does('getMessage', { conversationId, id })
    expect(message.reactions).toHaveLength(1)
    expect(new Set(message.reactions[0]?.userIds)).toEqual(
      new Set(Object.values(people).map((one) => one.id)),
    )
  })

  test('a person holds one reaction, so a message cannot be flooded by one', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const { id } = await send(alice, conversationId, 'well?')
    for (const emoji of many) await bob.does('react', { conversationId, id, emoji })
    const { message } = await alice.does('getMessage', { conversationId, id })
    expect(message.reactions).toEqual([{ emoji: many.at(-1), userIds: [bob.id] }])
  })
})
