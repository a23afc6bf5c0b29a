// Presence and typing: ephemeral, only for those who watch and who may.
import { expect, test } from 'vitest'
import { directOf, groupOf, someUserId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { eventually, observed } from '../kit/wait.ts'
import type { WireSocket } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

interface Status {
  event?: string
  userId: string
  status: string
}

/** What a socket was told of others' presence: on its own, or gathered with other notices. */
const statusesHeard = ({ heard }: WireSocket): Status[] =>
  heard.flatMap(({ name, data }) => {
    if (name === 'contact_status_changed') return [data as Status]
    const notices = name === 'notifications_batch' ? (data as Status[]) : []
    return notices.filter(({ event }) => event === 'contact_status_changed')
  })

const hearsStatus = (socket: WireSocket, userId: string, status: string) =>
  eventually(
    () => statusesHeard(socket).find((one) => one.userId === userId && one.status === status),
    () => `${status}; heard: ${JSON.stringify(socket.heard)}`,
  )

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[PRES-1] one who watches sees online, away and, after the grace, offline with the time', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    await directOf(alice, bob)
    const watcher = await alice.socket()
    const watched = await watcher.ask('watchPresence', { userIds: [bob.id] })
    expect(watched.ok && watched.output.presences).toEqual([
      { userId: bob.id, status: 'offline', lastSeen: null },
    ])
    const hears = (status: string) => hearsStatus(watcher, bob.id, status)
    const phone = await bob.socket()
    await hears('online')
    const laptop = await bob.socket()
    await phone.ask('setStatus', { status: 'away' })
    const now = await alice.does('watchPresence', { userIds: [bob.id] })
    expect(now.presences[0]?.status).toBe('online')
    await laptop.ask('setStatus', { status: 'away' })
    await hears('away')
    phone.close()
    laptop.close()
    await hears('offline')
    const last = await alice.does('watchPresence', { userIds: [bob.id] })
    expect(last.presences[0]?.lastSeen).toBeGreaterThan(Date.now() - 60_000)
  })

  test('[PRES-1] a reload does not flicker', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    await directOf(alice, bob)
    const before = await bob.socket()
    const watcher = await alice.socket()
    await watcher.ask('watchPresence', { userIds: [bob.id] })
    before.close()
    const after = await bob.socket()
    await after.ask('setStatus', { status: 'away' })
    await hearsStatus(watcher, bob.id, 'away')
    expect(watcher.frames.join()).not.toContain('"offline"')
  })

  test('[SEC-14] a stranger who watches hears nothing, ever', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    await directOf(alice, bob)
    const [stranger, friend] = [await carol.socket(), await bob.socket()]
    const refused = await stranger.ask('watchPresence', { userIds: [alice.id, someUserId()] })
    expect(refused.ok && refused.output.presences).toEqual([])
    await friend.ask('watchPresence', { userIds: [alice.id] })
    await alice.socket()
    await hearsStatus(friend, alice.id, 'online')
    expect(stranger.frames.join()).not.toContain(alice.id)
  })

  test('typing is heard by the other members, not by oneself and not by strangers', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    const [mine, other, stranger] = [await alice.socket(), await bob.socket(), await carol.socket()]
    await mine.ask('setTyping', { conversationId, state: 'typing' })
    expect(await other.hears('typing')).toEqual({ conversationId, userId: alice.id, state: 'typing' })
    const refused = await stranger.ask('setTyping', { conversationId, state: 'typing' })
    expect(!refused.ok && refused.error.code).toBe('MEMBER_REQUIRED')
    await mine.ask('setTyping', { conversationId, state: 'idle' })
    await other.hears('typing', ({ state }: { state: string }) => state === 'idle')
    expect(mine.heard.filter(({ name }) => name === 'typing')).toEqual([])
    expect(stranger.frames.join()).not.toContain(conversationId)
  })

  test('a device shows who is typing and who is there', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId } = await alice.says('hello', bob)
    await bob.device.joins(conversationId)
    bob.device.client.presence.setTyping(conversationId, 'typing')
    await observed(
      alice.device.client.conversations.one(conversationId),
      (view) => view?.typing.includes(bob.id) ?? false,
      'bob is typing',
    )
    bob.device.client.presence.setTyping(conversationId, 'idle')
    await observed(
      alice.device.client.conversations.one(conversationId),
      (view) => view?.typing.length === 0,
      'bob stopped',
    )
    await observed(
      alice.device.client.presence.of(bob.id),
      (presence) => presence?.status === 'online',
      'bob is there',
    )
    bob.device.client.presence.setAway(true)
    await observed(
      alice.device.client.presence.of(bob.id),
      (presence) => presence?.status === 'away',
      'bob is away',
    )
  })
})
