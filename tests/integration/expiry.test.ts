// Disappearing messages on a server whose clock is moved: gone from answers at once, and from the store, the search
// and every device by a change like any other.
import { expect, test } from 'vitest'
import { limits, type Message } from '@palabre/protocol'
import { movedClock } from '../kit/clock.ts'
import { directOf, groupOf, send, textOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { eventually } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const hour = 60 * 60 * 1_000
const minute = 60 * 1_000

onEachStore('on %s', {}, (store) => {
  const clock = movedClock()
  const world = useWorld(store, {}, clock.now)

  test('[DIS-1] the timer is a system message, and new messages carry when they end; older ones stay', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const before = await send(alice, conversationId, 'stays')
    const { conversation } = await bob.does('setTimer', { conversationId, expireAfterMs: hour })
    expect(conversation.settings.expireAfterMs).toBe(hour)
    expect(conversation.lastMessage?.body).toEqual({ event: 'timer_changed', expireAfterMs: hour })
    expect(conversation.lastMessage?.expiresAt).toBeNull()
    const said = await send(alice, conversationId, 'goes')
    expect(said.expiresAt).toBe(said.createdAt + hour)
    expect((await bob.does('getMessage', { conversationId, id: said.id })).message).toEqual(said)
    expect(before.expiresAt).toBeNull()
    // The same again says nothing; none takes it away.
    await bob.does('setTimer', { conversationId, expireAfterMs: hour })
    const off = await bob.does('setTimer', { conversationId, expireAfterMs: null })
    expect(off.conversation.lastSeq).toBe(said.seq + 1)
    expect((await send(alice, conversationId, 'stays too')).expiresAt).toBeNull()
  })

  test('[DIS-1] only admins of a group set it, within bounds, and no stranger', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    expect(await bob.refusal('setTimer', { conversationId, expireAfterMs: hour })).toBe('ROLE_REQUIRED')
    expect(await carol.refusal('setTimer', { conversationId, expireAfterMs: hour })).toBe('MEMBER_REQUIRED')
    for (const expireAfterMs of [0, -hour, limits.expireMinMs - 1, limits.expireMaxMs + 1, 1.5]) {
      expect(await alice.refusal('setTimer', { conversationId, expireAfterMs })).toBe('INVALID')
    }
    expect(await alice.refusal('setTimer', { conversationId, expireAfterMs: limits.expireMinMs })).toBeNull()
  })

  test('[DIS-2] [DIS-3] when its time is over it is gone from every answer, then from the store and devices', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await alice.device.client.conversations.openDirect(bob.id)
    await alice.does('setTimer', { conversationId, expireAfterMs: minute })
    const said = await alice.says('xylophone at noon', conversationId)
    await bob.sees(conversationId, said.id)
    clock.moveBy(minute)

    // At once, before anything is purged.
    const shown = async () => (await bob.does('listMessages', { conversationId })).messages
    const isGone = (message: Message | undefined) => message !== undefined && textOf(message) === ''
    expect(isGone((await shown()).find(({ id }) => id === said.id))).toBe(true)
    // Purged by a change that takes a rev, as any other: devices follow.
    await eventually(async () => {
      const { conversation } = await bob.does('getConversation', { conversationId })
      return conversation.rev === said.rev + 1 || undefined
    }, 'the message is purged')
    const purged = (await shown()).find(({ id }) => id === said.id)
    expect(purged).toMatchObject({ deletedAt: said.expiresAt, expiresAt: said.expiresAt, rev: said.rev + 1 })
    for (const person of [alice, bob]) {
      await eventually(async () => {
        const held = (await person.device.cache.messages(conversationId, null, 50)).map(textOf)
        return held.includes('xylophone at noon') ? undefined : true
      }, 'the cache has let it go')
      expect(
        person.device.client.messages
          .timeline(conversationId)
          .get()
          .messages.some(({ message }) => message.id === said.id),
      ).toBe(false)
      const found = await person.does('searchMessages', { query: 'xylophone' })
      expect(JSON.stringify(found)).not.toContain('xylophone at noon')
    }
    // Nothing can be done to it any more.
    expect(await bob.refusal('react', { conversationId, id: said.id, emoji: '👍' })).toBe('MESSAGE_DELETED')
  })
})
