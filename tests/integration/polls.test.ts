// Polls: asked, voted in, ended; by people who may, and by nobody else.
import { expect, test } from 'vitest'
import type { ConversationId, InputOf, Message } from '@palabre/protocol'
import { groupOf, newMessageId, newOpId, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { useWorld } from '../kit/world.ts'

type Poll = Extract<InputOf<'sendMessage'>, { kind: 'poll' }>['body']
const when: Poll = {
  question: 'When shall we walk?',
  options: ['Saturday', 'Sunday', 'Never'],
  isMultiple: false,
}

async function asks(person: Person, conversationId: ConversationId, body: Poll = when): Promise<Message> {
  const input = { conversationId, id: newMessageId(), kind: 'poll' as const, body, sentAt: Date.now() }
  const { message } = await person.does('sendMessage', input)
  if (message === undefined) throw new Error('not sent')
  return message
}

const votesOf = (message: Message) =>
  message.kind === 'poll' ? message.body.votes.map(({ userId, choices }) => [userId, ...choices]) : null

onEachStore('on %s', {}, (store) => {
  const world = useWorld(store)

  test('[POLL-1] [POLL-2] a poll is asked, and votes are seen by all; offline they wait in the outbox', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    await alice.device.joins(conversationId)
    const id = await alice.device.client.messages.sendPoll(conversationId, when)
    expect(await bob.sees(conversationId, id)).toMatchObject({
      kind: 'poll',
      body: {
        question: when.question,
        options: when.options.map((text) => ({ text })),
        votes: [],
        closedAt: null,
      },
    })
    await bob.device.client.messages.vote(conversationId, id, [1])
    await alice.device.sees(conversationId, id, ({ message }) => votesOf(message)?.length === 1)
    // Without a network it shows at once, and goes when there is one.
    carol.device.setOnline(false)
    await carol.sees(conversationId, id)
    await carol.device.client.messages.vote(conversationId, id, [0])
    await carol.device.sees(
      conversationId,
      id,
      ({ message }) => votesOf(message)?.some(([by]) => by === carol.id) === true,
    )
    carol.device.setOnline(true)
    const seen = await bob.device.sees(conversationId, id, ({ message }) => votesOf(message)?.length === 2)
    expect(votesOf(seen)).toEqual([
      [bob.id, 1],
      [carol.id, 0],
    ])
    const { hits } = await bob.does('searchMessages', { query: 'sund walk' })
    expect(hits.map((hit) => hit.message.id)).toEqual([id])
    // Sent on, it is asked anew.
    const [forwarded] = await bob.device.client.messages.forward(conversationId, [id], [conversationId])
    expect(votesOf(await alice.sees(conversationId, forwarded!))).toEqual([])
  })

  test('[POLL-2] everybody’s vote counts, the last of each, and a repeated one is done once', async () => {
    const people = await world.accounts('alice', 'bob', 'carol')
    const { alice, bob, carol } = people
    const conversationId = await groupOf(alice, bob, carol)
    const { id, bodyRev } = await asks(alice, conversationId)
    const opId = newOpId()
    const first = await bob.does('votePoll', { conversationId, id, choices: [0], opId })
    expect(await bob.does('votePoll', { conversationId, id, choices: [0] })).toEqual(first)
    await Promise.all(
      Object.values(people).map((person) => person.does('votePoll', { conversationId, id, choices: [2] })),
    )
    await carol.does('votePoll', { conversationId, id, choices: [] })
    const { message } = await bob.does('votePoll', { conversationId, id, choices: [0], opId })
    expect(new Map(votesOf(message)?.map(([by, ...choices]) => [by, choices]))).toEqual(
      new Map([
        [alice.id, [2]],
        [bob.id, [2]],
      ]),
    )
    // A vote is no edit.
    expect(message).toMatchObject({ bodyRev, editedAt: null })
  })

  test('[POLL-1] [POLL-2] what is no poll and what is no vote is refused', async () => {
    const { alice, bob, mallory } = await world.accounts('alice', 'bob', 'mallory')
    const conversationId = await groupOf(alice, bob)
    const { id } = await asks(alice, conversationId)
    const many = Array.from({ length: 13 }, (_, number) => `option ${number}`)
    for (const body of [
      { ...when, options: ['only'] },
      { ...when, options: many },
      { ...when, options: ['same', ' same '] },
      { ...when, options: ['', 'empty'] },
      { ...when, question: '  ' },
      { ...when, votes: [] },
    ]) {
      const input = { conversationId, id: newMessageId(), kind: 'poll' as const, body, sentAt: 0 }
      expect([body, await alice.refusal('sendMessage', input)]).toEqual([body, 'INVALID'])
    }
    const vote = (person: Person, choices: number[], messageId = id) =>
      person.refusal('votePoll', { conversationId, id: messageId, choices })
    expect(await vote(mallory, [0])).toBe('MEMBER_REQUIRED')
    expect(await vote(bob, [3])).toBe('INVALID')
    expect(await vote(bob, [0, 1])).toBe('INVALID')
    expect(await vote(bob, [-1])).toBe('INVALID')
    expect(await vote(bob, [0], newMessageId())).toBe('MESSAGE_NOT_FOUND')
    expect(await vote(bob, [0], (await send(alice, conversationId, 'no poll')).id)).toBe('MESSAGE_FIXED')
    const several = await asks(alice, conversationId, { ...when, isMultiple: true })
    expect(await vote(bob, [0, 2], several.id)).toBeNull()
    const edit = { conversationId, id, bodyRev: 2, body: { text: 'another question' } }
    expect(await alice.refusal('editMessage', edit)).toBe('MESSAGE_FIXED')
  })

  test('[POLL-3] its author and admins end it; nobody votes any more, and nothing of a deleted one is left', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    const { id } = await asks(bob, conversationId)
    await carol.does('votePoll', { conversationId, id, choices: [1] })
    expect(await carol.refusal('closePoll', { conversationId, id })).toBe('MESSAGE_AUTHOR_REQUIRED')
    const { message } = await alice.does('closePoll', { conversationId, id })
    expect(await bob.does('closePoll', { conversationId, id })).toEqual({ message })
    expect(await carol.refusal('votePoll', { conversationId, id, choices: [0] })).toBe('POLL_CLOSED')
    await bob.does('deleteMessage', { conversationId, id })
    expect(await carol.refusal('votePoll', { conversationId, id, choices: [0] })).toBe('MESSAGE_DELETED')
    const { messages } = await carol.does('listMessages', { conversationId })
    expect(JSON.stringify(messages)).not.toContain('Sunday')
    expect(messages.at(-1)).toMatchObject({ kind: 'poll', body: { question: '', options: [], votes: [] } })
  })
})
