// Messages that are sent at their time, by a server whose clock is moved: once, whoever runs, and not for who may no more.
import { expect, test } from 'vitest'
import { limits, type ConversationId, type Message, type MessageId } from '@palabre/protocol'
import { movedClock } from '../kit/clock.ts'
import { directOf, groupOf, newMessageId, send, textOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

/** Short enough for the tokens of requests by hand, which live for 15 minutes. */
const aWhile = 4 * 60 * 1_000

onEachStore('on %s', {}, (store) => {
  const clock = movedClock()
  const world = useWorld(store, {}, clock.now)

  const message = (sendAt: number, text = 'good morning') => ({ sendAt, text, replyTo: null, mentions: [] })
  const keep = (
    person: Person,
    conversationId: ConversationId,
    id: MessageId,
    given: ReturnType<typeof message> | null,
    at = clock.now(),
  ) => person.ask('keep', { change: { keep: 'schedule', conversationId, id, at, message: given } })
  const refusal = async (...given: Parameters<typeof keep>) => {
    const answer = await keep(...given)
    return answer.ok ? null : answer.error.code
  }
  const said = async (person: Person, conversationId: ConversationId): Promise<Message[]> =>
    (await person.does('listMessages', { conversationId })).messages.filter(({ kind }) => kind === 'text')
  /** Until the server has looked: what was due before is sent then too. */
  const looked = async (person: Person) => {
    const own = await directOf(person, person)
    const id = newMessageId()
    await keep(person, own, id, message(clock.now(), `looked ${id}`))
    await eventually(
      async () => ((await said(person, own)).some((one) => one.id === id) ? true : undefined),
      'the server has looked for what is due',
    )
  }

  test('[SCH-1] [SCH-3] it is on all devices, changed on any of them, and sent at its time though all are off', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const other = await alice.opens()
    const conversationId = await alice.device.client.conversations.openDirect(bob.id)
    const { keeping } = alice.device.client
    const id = await keeping.schedule(conversationId, null, message(clock.now() + aWhile))
    const waiting = await observed(
      other.client.keeping.scheduled,
      ({ length }) => length === 1,
      'it is on the other',
    )
    expect(waiting).toMatchObject([{ conversationId, id, text: 'good morning', failed: null }])
    await other.client.keeping.schedule(conversationId, id, message(clock.now() + 2 * aWhile, 'good evening'))
    await observed(keeping.scheduled, ([one]) => one?.text === 'good evening', 'the change is on the first')
    await Promise.all(alice.devices.map((device) => device.stop()))
    clock.moveBy(aWhile)
    await looked(bob)
    expect(await said(bob, conversationId)).toEqual([])
    clock.moveBy(aWhile)
    const sent = await bob.sees(conversationId, id)
    expect(textOf(sent)).toBe('good evening')
    expect(sent).toMatchObject({ senderId: alice.id, createdAt: clock.now() })
    await Promise.all(alice.devices.map((device) => device.start()))
    await observed(
      alice.device.client.keeping.scheduled,
      ({ length }) => length === 0,
      'nothing waits any more',
    )
  })

  test('[SCH-1] taken back it is not sent; sent now it goes at once; offline it waits in the outbox', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await alice.device.client.conversations.openDirect(bob.id)
    const { keeping } = alice.device.client
    const gone = await keeping.schedule(conversationId, null, message(clock.now() + aWhile, 'never'))
    await keeping.schedule(conversationId, gone, null)
    alice.device.setOnline(false)
    const id = await keeping.schedule(conversationId, null, message(clock.now() + aWhile, 'at last'))
    expect(keeping.scheduled.get()).toMatchObject([{ id, text: 'at last' }])
    alice.device.setOnline(true)
    await observed(alice.device.client.waiting, (count) => count === 0, 'it is on the server')
    await keeping.schedule(conversationId, id, message(0, 'at last'))
    await bob.sees(conversationId, id)
    clock.moveBy(2 * aWhile)
    await looked(alice)
    expect((await said(bob, conversationId)).map(textOf)).toEqual(['at last'])
    // An older change, of a device that was away, does not bring back what was taken back.
    await keep(alice, conversationId, gone, message(clock.now()), 1)
    await looked(alice)
    expect((await said(bob, conversationId)).map(textOf)).toEqual(['at last'])
  })

  test('[SCH-2] it is sent once, whatever comes again, and without what has gone meanwhile', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    const quoted = await send(bob, conversationId, 'who comes?')
    const id = newMessageId()
    const given = { ...message(clock.now() + aWhile), replyTo: quoted.id, mentions: [bob.id, carol.id] }
    const answer = await alice.ask('keep', {
      change: { keep: 'schedule', conversationId, id, at: clock.now(), message: given },
    })
    expect(answer.ok).toBe(true)
    await alice.does('removeMember', { conversationId, userId: carol.id })
    clock.moveBy(aWhile)
    await looked(alice)
    const [, sent] = await said(bob, conversationId)
    expect(sent).toMatchObject({ id, replyTo: quoted.id, mentions: [bob.id] })
    expect(await refusal(alice, conversationId, id, message(clock.now(), 'again'))).toBe(
      'MESSAGE_ID_CONFLICT',
    )
    await looked(alice)
    expect(await said(bob, conversationId)).toHaveLength(2)
  })

  test('[SCH-2] who is no member any more sends nothing, and is told', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    await bob.device.joins(conversationId)
    const id = await bob.device.client.keeping.schedule(
      conversationId,
      null,
      message(clock.now() + aWhile, 'unsaid'),
    )
    await observed(bob.device.client.waiting, (count) => count === 0, 'it is on the server')
    await alice.does('removeMember', { conversationId, userId: bob.id })
    clock.moveBy(aWhile)
    const [refused] = await observed(
      bob.device.client.keeping.scheduled,
      ([one]) => one?.failed !== null,
      'bob is told',
    )
    expect(refused).toMatchObject({ id, text: 'unsaid', sendAt: null, failed: 'MEMBER_REQUIRED' })
    expect(await said(alice, conversationId)).toEqual([])
    await bob.device.client.keeping.schedule(conversationId, id, null)
    expect(bob.device.client.keeping.scheduled.get()).toEqual([])
  })

  test('[SCH-1] strangers, blanks, what is a year ahead and what is too much is refused', async () => {
    const { alice, bob, mallory } = await world.accounts('alice', 'bob', 'mallory')
    const conversationId = await directOf(alice, bob)
    const id = newMessageId()
    const at = clock.now() + aWhile
    expect(await refusal(mallory, conversationId, id, message(at))).toBe('MEMBER_REQUIRED')
    expect(await refusal(alice, conversationId, id, message(at, '  '))).toBe('INVALID')
    expect(await refusal(alice, conversationId, id, message(-1))).toBe('INVALID')
    expect(await refusal(alice, conversationId, id, message(at + limits.scheduleMs))).toBe('INVALID')
    const { id: theirs } = await send(bob, conversationId, 'mine')
    expect(await refusal(alice, conversationId, theirs, message(at))).toBe('MESSAGE_ID_CONFLICT')
    for (let count = 0; count < limits.scheduled; count++)
      expect(await refusal(alice, conversationId, newMessageId(), message(at))).toBeNull()
    expect(await refusal(alice, conversationId, id, message(at))).toBe('SCHEDULE_FULL')
    // Nobody else sees any of it.
    expect(JSON.stringify(await bob.does('sync', { conversations: {}, account: 0 }))).not.toContain(
      'good morning',
    )
  })
})
