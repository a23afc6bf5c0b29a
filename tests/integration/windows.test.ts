// What depends on the time, through the public API of a server whose clock stands still until it is moved: the windows
// for editing and deleting, the ends of tokens and sessions, and how fast one may talk.
import { expect, test } from 'vitest'
import { limits, type MessageId, type OpId } from '@palabre/protocol'
import { movedClock } from '../kit/clock.ts'
import { directOf, groupOf, newOpId, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { askHttp, openRaw, openSocket, type WireSocket } from '../kit/wire.ts'
import { eventually } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const second = 1_000
const day = 24 * 60 * 60 * second

onEachStore('on %s', { isLong: true }, (store) => {
  const clock = movedClock()
  const world = useWorld(store, {}, clock.now)

  const signsIn = async ({ username, password }: Person) => {
    const answer = await askHttp(world.server.url, 'login', { username, password, tokens: 'body' })
    if (!answer.ok) throw new Error(`not signed in: ${answer.error.code}`)
    return { ...answer.output, refreshToken: answer.output.refreshToken ?? '' }
  }
  const refreshed = async (refreshToken: string) => {
    const answer = await askHttp(world.server.url, 'refresh', { refreshToken, tokens: 'body' })
    return answer.ok ? { code: null, ...answer.output } : { code: answer.error.code }
  }
  const asked = async (token: string) => {
    const answer = await askHttp(world.server.url, 'getMe', {}, token)
    return answer.ok ? null : answer.error.code
  }
  /** Uses the access token, so that the server knows the refresh token beside it to have arrived. */
  const renewed = async (refreshToken: string) => {
    const answer = await refreshed(refreshToken)
    if (answer.code !== null) throw new Error(`not renewed: ${answer.code}`)
    expect(await asked(answer.accessToken)).toBeNull()
    return answer.refreshToken ?? ''
  }

  test('an author edits for a quarter of an hour, and not after', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const { id, bodyRev, createdAt } = await send(alice, conversationId, 'first')
    const edit = (text: string, base: number) =>
      alice.ask('editMessage', { conversationId, id, bodyRev: base, body: { text } })
    clock.moveTo(createdAt + limits.editWindowMs - 5 * second)
    const inTime = await edit('in time', bodyRev)
    if (!inTime.ok) throw new Error(`refused: ${inTime.error.code}`)
    expect(inTime.output.message.editedAt).toBeGreaterThan(createdAt)
    clock.moveTo(createdAt + limits.editWindowMs + second)
    const late = await edit('too late', inTime.output.message.bodyRev)
    expect(!late.ok && late.error.code).toBe('EDIT_WINDOW_CLOSED')
    const { message } = await bob.does('getMessage', { conversationId, id })
    expect(message).toMatchObject({ body: { text: 'in time' } })
  })

  test('an author deletes for sixty hours, an admin at any time; a repeat of what was done is answered late too', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const [first, other] = [await send(bob, conversationId, 'one'), await send(bob, conversationId, 'two')]
    clock.moveTo(other.createdAt + limits.deleteWindowMs - 10 * second)
    // Sixty hours later the access tokens are long gone.
    expect(await bob.refusal('deleteMessage', { conversationId, id: first.id })).toBe('TOKEN_EXPIRED')
    const as = async (person: Person) => {
      const socket = await openSocket(world.server.url, (await signsIn(person)).accessToken)
      return async (id: MessageId, opId: OpId) => {
        const answer = await socket.ask('deleteMessage', { conversationId, id, opId })
        return answer.ok ? null : answer.error.code
      }
    }
    const [bobDeletes, aliceDeletes] = [await as(bob), await as(alice)]
    const opId = newOpId()
    expect(await bobDeletes(first.id, opId)).toBeNull()
    clock.moveTo(other.createdAt + limits.deleteWindowMs + second)
    expect(await bobDeletes(other.id, newOpId())).toBe('DELETE_WINDOW_CLOSED')
    expect(await bobDeletes(first.id, opId)).toBeNull()
    expect(await aliceDeletes(other.id, newOpId())).toBeNull()
  })

  test('[CON-3] [SEC-5] a live socket ends with its token, says why, and lives on with a new one', async () => {
    const { alice } = await world.accounts('alice')
    const { url } = world.server
    const [phone, laptop] = [await signsIn(alice), await signsIn(alice)]
    // Both begin within the seconds that clocks may differ by.
    clock.moveTo(phone.expiresAt + 3 * second)
    expect(await asked(phone.accessToken)).toBeNull()
    const [ends, lives] = [
      await openSocket(url, phone.accessToken),
      await openSocket(url, laptop.accessToken),
    ]
    const next = await refreshed(laptop.refreshToken)
    if (next.code !== null) throw new Error(`not renewed: ${next.code}`)
    expect(await lives.emit('authenticate', { token: next.accessToken })).toMatchObject({
      ok: true,
      expiresAt: next.expiresAt,
    })
    expect(await ends.hears('session_ended')).toEqual({ reason: 'TOKEN_EXPIRED' })
    await ends.closed()
    expect((await lives.ask('getMe', {})).ok).toBe(true)
    lives.close()
    clock.moveTo(phone.expiresAt + 20 * second)
    expect(await asked(phone.accessToken)).toBe('TOKEN_EXPIRED')
    const refused = await openSocket(url, phone.accessToken).then(
      () => null,
      (error: Error & { data?: { code?: string } }) => error.data?.code,
    )
    expect(refused).toBe('TOKEN_EXPIRED')
  })

  test('the last refresh token is answered again for 30 s, or until its successor is used; an older one ends the session', async () => {
    const { alice } = await world.accounts('alice')
    const tokens = [(await signsIn(alice)).refreshToken]
    // The answer was lost: the same successor again, however late.
    const lost = await refreshed(tokens[0]!)
    clock.moveBy(60 * second)
    const again = await refreshed(tokens[0]!)
    expect(again).toMatchObject({ code: null, refreshToken: lost.code === null ? lost.refreshToken : '' })
    // The successor is used: its predecessor is good for 30 s, for tabs that race.
    tokens.push(again.code === null ? (again.refreshToken ?? '') : '')
    tokens.push(await renewed(tokens[1]!))
    clock.moveBy(29 * second)
    expect(await refreshed(tokens[1]!)).toMatchObject({ code: null, refreshToken: tokens[2] })
    clock.moveBy(2 * second)
    expect((await refreshed(tokens[1]!)).code).toBe('REFRESH_REUSED')
    expect((await refreshed(tokens[2]!)).code).toBe('SESSION_ENDED')

    const second_ = [(await signsIn(alice)).refreshToken]
    second_.push(await renewed(second_[0]!))
    second_.push(await renewed(second_[1]!))
    // Two generations back: no race explains it, however soon it comes.
    expect((await refreshed(second_[0]!)).code).toBe('REFRESH_REUSED')
    expect((await refreshed(second_[2]!)).code).toBe('SESSION_ENDED')
  })

  test('a session ends when it is not used for thirty days, and after a year whatever happens', async () => {
    const { alice } = await world.accounts('alice')
    const unused = await signsIn(alice)
    clock.moveBy(limits.sessionIdleMs + second)
    expect((await refreshed(unused.refreshToken)).code).toBe('SESSION_ENDED')

    const begun = clock.now()
    let { refreshToken } = await signsIn(alice)
    while (clock.now() + 20 * day < begun + limits.sessionMaxMs) {
      clock.moveBy(20 * day)
      refreshToken = await renewed(refreshToken)
    }
    clock.moveTo(begun + limits.sessionMaxMs + second)
    expect((await refreshed(refreshToken)).code).toBe('SESSION_ENDED')
  })
})

onEachStore('with rates, on %s', { isLong: true }, (store) => {
  const clock = movedClock()
  const world = useWorld(store, { RATE_LIMITS: 'on' }, clock.now)

  /** Packets at once: the waits, in milliseconds, that the socket's own rate told. Those of an operation are longer. */
  async function floods(socket: WireSocket, count: number): Promise<number[]> {
    const closed = new Promise((done) => socket.socket.once('disconnect', () => done({ ok: false })))
    const answers = await Promise.all(
      Array.from({ length: count }, () => Promise.race([socket.emit('get_me', {}), closed])),
    )
    return answers.flatMap((answer) => {
      const { error } = answer as { error?: { code: string; retryAfterMs?: number } }
      const waitMs = error?.code === 'RATE_LIMITED' ? (error.retryAfterMs ?? 0) : 0
      return waitMs > 0 && waitMs <= 20 ? [waitMs] : []
    })
  }

  test('[SEC-13] a burst passes, a flood is told to wait, and who floods on is put out', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const socket = await alice.socket()
    expect(await floods(socket, 150)).toEqual([])
    for (let breach = 1; breach <= 3; breach++) {
      expect(socket.socket.connected).toBe(true)
      const waits = await floods(socket, 200)
      if (breach < 3) expect(waits.length).toBeGreaterThan(0)
      clock.moveBy(second)
    }
    await socket.closed()
    expect((await (await bob.socket()).ask('getMe', {})).ok).toBe(true)
  })

  test('[SEC-13] connections of one address that say nothing are bounded, and make room when they go', async () => {
    const { alice } = await world.accounts('alice')
    const { url } = world.server
    const silent = Array.from({ length: 500 }, () => openRaw(url))
    const open = () => silent.filter(({ readyState, OPEN }) => readyState === OPEN).length
    try {
      await eventually(
        () => (open() === silent.length ? true : undefined),
        () => `500 open, not ${open()}`,
      )
      await expect(openSocket(url, alice.token)).rejects.toThrow()
      silent.pop()?.terminate()
      const socket = await eventually(
        () => openSocket(url, alice.token).catch(() => undefined),
        'a place after one has gone',
      )
      expect((await socket.ask('getMe', {})).ok).toBe(true)
      socket.close()
    } finally {
      for (const raw of silent) raw.terminate()
    }
  })

  test('[SEC-13] who offers tokens that prove nothing is shut out before they are looked at', async () => {
    const { alice } = await world.accounts('alice')
    const { url } = world.server
    const reasons = new Set<string>()
    for (let attempt = 0; attempt < 61; attempt++) {
      await openSocket(url, 'nonsense').catch((error: Error & { data?: { code?: string } }) => {
        reasons.add(error.data?.code ?? 'refused')
      })
    }
    expect(reasons).toContain('TOKEN_INVALID')
    await expect(openSocket(url, alice.token)).rejects.toThrow()
  })
})
