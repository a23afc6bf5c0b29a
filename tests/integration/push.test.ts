// Who is told by push, of what, and who is not. The push service is played here, with the real encryption.
import { createECDH, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { limits, type PushNote, type SessionId } from '@palabre/protocol'
import { directOf, groupOf, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { register, type Person } from '../kit/people.ts'
import { startPushService, type PushedBrowser, type PushService } from '../kit/push-service.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { eventually } from '../kit/wait.ts'
import { askHttp, openSocket } from '../kit/wire.ts'

/** What takes seconds for people. */
const pushPace = { gatherMs: 20, elsewhereMs: 150, firstWaitMs: 30 }

onEachStore('on %s', { isLong: true }, (store) => {
  let service: PushService
  let server: TestServer

  beforeAll(async () => {
    service = await startPushService()
    server = await startServer(store, { PUSH_SERVICES: service.origin }, undefined, { pushPace })
  })
  afterAll(async () => {
    await server.stop()
    await service.stop()
  })

  const people = async (...names: string[]) =>
    Promise.all(names.map((name) => register(server.url, name))) as Promise<[Person, Person, Person]>

  /** Signs in on another device. */
  async function deviceOf({ username, password }: Person): Promise<{ token: string; sessionId: SessionId }> {
    const answer = await askHttp(server.url, 'login', { username, password, tokens: 'body' })
    if (!answer.ok) throw new Error('not signed in')
    return { token: answer.output.accessToken, sessionId: answer.output.session.id }
  }

  /** A browser that this session says it is told in. */
  async function told(
    token: string,
    how: Parameters<PushService['browser']>[1] = {},
  ): Promise<PushedBrowser> {
    const key = await askHttp(server.url, 'getPush', {}, token)
    if (!key.ok) throw new Error('no key')
    const browser = service.browser(key.output.publicKey, how)
    const done = await askHttp(server.url, 'subscribePush', browser.target, token)
    if (!done.ok) throw new Error(JSON.stringify(done.error))
    return browser
  }

  const texts = ({ pushes }: PushedBrowser) =>
    pushes.flatMap(({ note }) => (note.is === 'message' ? [note.text] : []))
  const hearsText = (browser: PushedBrowser, text: string | null) =>
    browser.hears(({ note }) => note.is === 'message' && note.text === text, `“${text}”`)

  test('[PUSH-1] [SEC-20] [SEC-21] a device is told where browsers are told, and nowhere else', async () => {
    const [alice] = await people('alice')
    const { p256dh, auth } = service.browser('').target
    const how = { p256dh, auth, preview: 'none', language: 'fr' } as const
    for (const endpoint of [
      'http://127.0.0.1:1/push',
      'https://127.0.0.1/push',
      'https://evil.example/push',
      'https://fcm.googleapis.com.evil.example/push',
      'https://fcm.googleapis.com@evil.example/push',
      'https://alice@fcm.googleapis.com/push',
      'https://fcm.googleapis.com:8443/push',
      'http://fcm.googleapis.com/push',
      'https://notpush.apple.com/push',
      'https://[::ffff:127.0.0.1]/push',
      'file:///etc/passwd',
    ])
      expect(await alice.refusal('subscribePush', { ...how, endpoint }), endpoint).toBe(
        'PUSH_SERVICE_UNKNOWN',
      )
    for (const wrong of [{ p256dh: 'short' }, { auth: `${auth}${auth}` }, { endpoint: 'no address' }])
      expect(
        await alice.refusal('subscribePush', { ...how, endpoint: `${service.origin}/x`, ...wrong }),
      ).toBe('INVALID')
    expect(await alice.refusal('testPush', { testId: randomUUID() })).toBe('PUSH_NOT_SUBSCRIBED')

    const { publicKey, subscription } = await alice.does('getPush', {})
    expect(Buffer.from(publicKey, 'base64url')).toHaveLength(65)
    expect(subscription).toBeNull()
    for (const host of ['fcm.googleapis.com', 'updates.push.services.mozilla.com', 'web.push.apple.com']) {
      const endpoint = `https://${host}/${randomUUID()}`
      await alice.does('subscribePush', { ...how, endpoint })
      const now = await alice.does('getPush', {})
      expect(now.subscription).toEqual({ endpoint, preview: 'none', language: 'fr' })
    }
    await alice.does('unsubscribePush', {})
    expect((await alice.does('getPush', {})).subscription).toBeNull()
  })

  test('[PUSH-7] a device tries whether it is told, and hears what its push service said', async () => {
    const [alice] = await people('alice')
    const browser = await told(alice.token)
    const testId = randomUUID()
    expect(await alice.does('testPush', { testId })).toEqual({ outcome: 'sent', status: 201 })
    const push = await browser.hears(({ note }) => note.is === 'test')
    expect(push).toMatchObject({ note: { is: 'test', testId, language: 'en' }, urgency: 'high' })
    browser.willAnswer({ status: 403 }, { status: 503 }, { status: 410 })
    expect(await alice.does('testPush', { testId })).toEqual({ outcome: 'refused', status: 403 })
    expect(await alice.does('testPush', { testId })).toEqual({ outcome: 'unreachable', status: 503 })
    expect(await alice.does('testPush', { testId })).toEqual({ outcome: 'gone', status: 410 })
    expect(await alice.refusal('testPush', { testId })).toBe('PUSH_NOT_SUBSCRIBED')
  })

  test('[PUSH-2] who is not looking is told once; neither the writer nor a stranger nor a former member is', async () => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const [alices, bobs, carols] = [await told(alice.token), await told(bob.token), await told(carol.token)]
    const group = await groupOf(alice, bob, carol)
    await send(alice, group, 'to all')
    const push = await hearsText(bobs, 'to all')
    expect(push).toMatchObject({
      note: { sender: 'Alice', title: 'Walkers', conversationId: group, unread: 1, kind: 'text' },
      urgency: 'high',
    })
    expect(push.ttl).toBeGreaterThan(24 * 3_600)
    await hearsText(carols, 'to all')
    await alice.does('removeMember', { conversationId: group, userId: carol.id })
    await send(alice, group, 'without carol')
    await hearsText(bobs, 'without carol')
    const pair = await directOf(carol, alice)
    await send(carol, pair, 'to alice alone')
    expect(await hearsText(alices, 'to alice alone')).toMatchObject({ note: { title: null } })
    // All of theirs was sent before: what is not here now does not come.
    expect(texts(alices)).toEqual(['to alice alone'])
    expect(texts(bobs)).toEqual(['to all', 'without carol'])
    expect(texts(carols)).toEqual(['to all'])
  })

  test('[PUSH-2] a device in use is not told; the others are, unless it was read meanwhile', async () => {
    const [alice, bob] = await people('alice', 'bob')
    const desk = await deviceOf(bob)
    const [phone, desks] = [await told(bob.token), await told(desk.token)]
    const pair = await directOf(alice, bob)
    const socket = await openSocket(server.url, desk.token)
    await socket.ask('getMe', {})

    const read = await send(alice, pair, 'read at the desk')
    await socket.ask('markRead', { conversationId: pair, seq: read.seq })
    await send(alice, pair, 'not read at the desk')
    await hearsText(phone, 'not read at the desk')
    await socket.ask('setStatus', { status: 'away' })
    await send(alice, pair, 'nobody is there')
    await Promise.all([hearsText(phone, 'nobody is there'), hearsText(desks, 'nobody is there')])
    socket.close()
    expect(texts(phone)).toEqual(['not read at the desk', 'nobody is there'])
    expect(texts(desks)).toEqual(['nobody is there'])
  })

  test('[PUSH-2] [KEEP-3] [MEN-2] who has muted a conversation is told of what mentions them', async () => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const [bobs, carols] = [await told(bob.token), await told(carol.token)]
    const group = await groupOf(alice, bob, carol)
    const mute = {
      keep: 'mute',
      conversationId: group,
      at: Date.now(),
      mutedUntil: limits.muteAlways,
    } as const
    await bob.does('keep', { change: mute })
    await send(alice, group, 'to who listens')
    await hearsText(carols, 'to who listens')
    await send(alice, group, 'to Bob too', { mentions: [bob.id] })
    await hearsText(bobs, 'to Bob too')
    expect(texts(bobs)).toEqual(['to Bob too'])
  })

  test('[PUSH-3] what is said within a moment is one push, of the newest', async () => {
    const [alice, bob] = await people('alice', 'bob')
    const bobs = await told(bob.token)
    const pair = await directOf(alice, bob)
    const words = Array.from({ length: 12 }, (_, number) => `word ${number}`)
    for (const word of words) await send(alice, pair, word)
    const last = await hearsText(bobs, 'word 11')
    expect(last.note).toMatchObject({ unread: 12 })
    expect(bobs.pushes.length).toBeLessThan(words.length)
    expect(new Set(bobs.pushes.map(({ topic }) => topic)).size).toBe(1)
  })

  test('[PUSH-4] a device that shows less is told less, and nothing is larger than a push may be', async () => {
    const [alice, bob] = await people('alice', 'bob')
    const [all, sender, none] = [
      await told(bob.token),
      await told((await deviceOf(bob)).token, { preview: 'sender' }),
      await told((await deviceOf(bob)).token, { preview: 'none', language: 'fr' }),
    ]
    const group = await groupOf(alice, bob)
    await send(alice, group, 'the canary sings at dawn')
    await hearsText(all, 'the canary sings at dawn')
    const noteOf = async (browser: PushedBrowser) =>
      (await browser.hears(({ note }) => note.is === 'message')).note
    expect(await noteOf(sender)).toMatchObject({
      sender: 'Alice',
      title: 'Walkers',
      text: null,
      kind: null,
    })
    const hidden = await noteOf(none)
    expect(hidden).toMatchObject({ sender: null, title: null, text: null, kind: null, language: 'fr' })
    expect(JSON.stringify(hidden)).not.toMatch(/canary|Alice|Walkers/)

    await send(alice, group, '\u0001'.repeat(5_000) + '👩‍👩‍👧‍👧'.repeat(500))
    const large = await all.hears(({ note }) => note.is === 'message' && note.unread === 2)
    expect(large.bytes).toBeLessThanOrEqual(limits.pushBytes)
    expect(large.bytes).toBeGreaterThan(500)
    expect((await sender.hears(({ note }) => note.is === 'message' && note.unread === 2)).bytes).toBeLessThan(
      600,
    )
  })

  test('[PUSH-5] a busy service is asked again, one that is gone never; what was read meanwhile is not told', async () => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const desk = await deviceOf(bob)
    const bobs = await told(bob.token)
    const pair = await directOf(alice, bob)
    bobs.willAnswer({ status: 429, retryAfter: '0' }, { status: 500 }, { status: 503 })
    await send(alice, pair, 'after all')
    await hearsText(bobs, 'after all')
    expect(bobs.asked()).toBe(4)

    bobs.willAnswer({ status: 429, retryAfter: '1' })
    const { seq } = await send(alice, pair, 'read while it was busy')
    await eventually(() => (bobs.asked() > 4 ? true : undefined), 'an attempt')
    await askHttp(server.url, 'markRead', { conversationId: pair, seq }, desk.token)
    // Elsewhere: a later push of the same conversation would take its place.
    const other = await directOf(carol, bob)
    bobs.willAnswer(...Array.from({ length: limits.pushAttempts }, () => ({ status: 500 })))
    await send(carol, other, 'given up')
    await eventually(() => (bobs.asked() >= 5 + limits.pushAttempts ? true : undefined), 'all attempts')
    await send(carol, other, 'next')
    await hearsText(bobs, 'next')
    expect(texts(bobs)).toEqual(['after all', 'next'])

    bobs.willAnswer({ status: 410 })
    await send(carol, other, 'gone')
    await eventually(async () => {
      const { subscription } = await bob.does('getPush', {})
      return subscription === null ? true : undefined
    }, 'no subscription')
  })

  test('[PUSH-6] what was read elsewhere is taken away, under the same topic', async () => {
    const [alice, bob] = await people('alice', 'bob')
    const desk = await deviceOf(bob)
    const phone = await told(bob.token)
    const pair = await directOf(alice, bob)
    await send(alice, pair, 'one')
    await hearsText(phone, 'one')
    const two = await send(alice, pair, 'two')
    const told2 = await hearsText(phone, 'two')
    await askHttp(server.url, 'markRead', { conversationId: pair, seq: two.seq - 1 }, desk.token)
    await askHttp(server.url, 'markRead', { conversationId: pair, seq: two.seq }, desk.token)
    const gone = await phone.hears(({ note }) => note.is === 'read')
    expect(gone.note).toEqual({ is: 'read', conversationId: pair, seq: two.seq, unread: 0 })
    expect(gone.topic).toBe(told2.topic)

    // It was read on the device itself: that one knows.
    const three = await send(alice, pair, 'three')
    await hearsText(phone, 'three')
    await bob.does('markRead', { conversationId: pair, seq: three.seq })
    await send(alice, pair, 'four')
    await hearsText(phone, 'four')
    const kinds = phone.pushes.map(({ note }: { note: PushNote }) => note.is)
    expect(kinds).toEqual(['message', 'message', 'read', 'message', 'message'])
  })

  test('[PUSH-1] a device that is signed out, or is another person’s now, is told no more', async () => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol')
    const other = await deviceOf(bob)
    const [kept, ended] = [await told(bob.token), await told(other.token)]
    const pair = await directOf(alice, bob)
    await send(alice, pair, 'to both')
    await Promise.all([hearsText(kept, 'to both'), hearsText(ended, 'to both')])
    await bob.does('endSession', { sessionId: other.sessionId })
    await send(alice, pair, 'to one')
    await hearsText(kept, 'to one')
    // The same browser, with somebody else at it.
    await carol.does('subscribePush', kept.target)
    expect((await bob.does('getPush', {})).subscription).toBeNull()
    await send(alice, pair, 'to nobody')
    await send(alice, await directOf(alice, carol), 'to carol')
    await hearsText(kept, 'to carol')
    expect(texts(kept)).toEqual(['to both', 'to one', 'to carol'])
    expect(texts(ended)).toEqual(['to both'])
  })
})

test('[PUSH-1] keys of browsers are what the schema takes', () => {
  const key = createECDH('prime256v1').generateKeys('base64url')
  expect([key.length, randomBytes(16).toString('base64url').length]).toEqual([87, 22])
})
