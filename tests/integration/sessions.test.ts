// The devices that are signed in: seen, and ended from afar with immediate effect.
import { expect, test } from 'vitest'
import { onEachStore } from '../kit/on-stores.ts'
import { askHttp } from '../kit/wire.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'
import { someSessionId } from '../kit/make.ts'
import type { Person } from '../kit/people.ts'

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  async function another(person: Person, deviceName: string) {
    const { username, password } = person
    const answer = await askHttp(world.server.url, 'login', {
      username,
      password,
      deviceName,
      tokens: 'body',
    })
    if (!answer.ok) throw new Error('not signed in')
    return answer.output
  }

  test('one sees one’s devices, this one marked, and nobody else’s', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const phone = await another(alice, 'Phone')
    await another(bob, 'Bob’s phone')
    const { sessions } = await alice.does('listSessions', {})
    expect(sessions.map(({ id }) => id).sort()).toEqual([alice.sessionId, phone.session.id].sort())
    expect(sessions.filter(({ current }) => current).map(({ id }) => id)).toEqual([alice.sessionId])
    expect(sessions.find(({ id }) => id === phone.session.id)?.deviceName).toBe('Phone')
  })

  test('[CON-3] ending another device refuses its token and closes its sockets, with the reason', async () => {
    const { alice } = await world.accounts('alice')
    const socket = await alice.socket()
    const phone = await another(alice, 'Phone')
    const ended = await askHttp(
      world.server.url,
      'endSession',
      { sessionId: alice.sessionId },
      phone.accessToken,
    )
    expect(ended.ok).toBe(true)
    expect(await socket.hears('session_ended')).toEqual({ reason: 'SESSION_ENDED' })
    await socket.closed()
    expect(await alice.refusal('getMe', {})).toBe('SESSION_ENDED')
    const refreshed = await askHttp(world.server.url, 'refresh', { refreshToken: alice.refreshToken })
    expect(!refreshed.ok && refreshed.error.code).toBe('SESSION_ENDED')
    const still = await askHttp(world.server.url, 'getMe', {}, phone.accessToken)
    expect(still.ok).toBe(true)
  })

  test('[SEC-9] nobody ends another’s session, nor learns that it is there', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    expect(await bob.refusal('endSession', { sessionId: alice.sessionId })).toBe('SESSION_NOT_FOUND')
    expect(await bob.refusal('endSession', { sessionId: someSessionId() })).toBe('SESSION_NOT_FOUND')
    expect(await alice.refusal('getMe', {})).toBeNull()
  })

  test('all other devices are ended at once, this one stays', async () => {
    const { alice } = await world.accounts('alice')
    const phone = await another(alice, 'Phone')
    const tablet = await another(alice, 'Tablet')
    expect(await alice.does('endOtherSessions', {})).toEqual({ ended: 2 })
    for (const { accessToken } of [phone, tablet]) {
      const answer = await askHttp(world.server.url, 'getMe', {}, accessToken)
      expect(!answer.ok && answer.error.code).toBe('SESSION_ENDED')
    }
    expect((await alice.does('listSessions', {})).sessions).toHaveLength(1)
  })

  test('[CON-3] a device that is ended signs out and forgets what it held', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    await alice.says('hello', bob)
    const lost = await alice.opens({ deviceName: 'Lost phone' })
    await observed(
      lost.client.conversations.list,
      ({ conversations }) => conversations.length === 1,
      'the list',
    )
    const sessionId = lost.client.sessionId.get()
    if (sessionId === null) throw new Error('the device has no session')
    await alice.device.client.auth.endSession(sessionId)
    const state = await observed(lost.client.connection, ({ name }) => name === 'signedOut', 'signed out')
    expect(state).toEqual({ name: 'signedOut', because: 'SESSION_ENDED' })
    await lost.stop()
    expect((await lost.cache.read()).conversations).toEqual([])
  })
})
