// Each control of docs/security.md against what it is there for, through the doors of a real process. Short on purpose:
// `npm run abuse -- --mutants` takes one control away at a time (controls.ts), and the test of its row must then fail.
// How a control behaves in every case is shown beside the code that holds it.
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { directOf, groupOf, newMessageId, newOpId, send, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import {
  beginUpload,
  fetchMedia,
  mediaTo,
  offsetOf,
  picture,
  pixelBomb,
  sendPart,
  uploaded,
} from '../kit/upload.ts'
import { askHttp, http, openSocket } from '../kit/wire.ts'
import { useProcessWorld } from '../kit/world.ts'

const canary = 'the canary sings at dawn'

onEachStore('controls on %s', (store) => {
  const world = useProcessWorld(store, { RATE_LIMITS: 'on', LOG_LEVEL: 'debug', MEDIA_FREE_BYTES: '0' })
  const url = () => world.server.url

  test('[SEC-1] a guesser is told to wait, and the owner still gets in with the right password', async () => {
    const { alice } = await world.accounts('alice')
    const guess = async (password: string) => {
      const answer = await askHttp(url(), 'login', { username: alice.username, password, tokens: 'body' })
      return answer.ok ? null : answer.error
    }
    const codes: (string | undefined)[] = []
    for (let nth = 0; nth < 8; nth += 1) codes.push((await guess(`no phrase of mine ${nth}`))?.code)
    expect(codes).toContain('RATE_LIMITED')
    expect(codes[0]).toBe('CREDENTIALS_WRONG')
    expect((await guess('one more phrase'))?.retryAfterMs).toBeGreaterThan(0)
    expect((await alice.ask('getMe', {})).ok).toBe(true)
  })

  test('[SEC-3] a page of another site does nothing with the cookie', async () => {
    const { alice } = await world.accounts('alice')
    const { username, password } = alice
    const login = await http('POST', `${url()}/api/v1/auth/login`, { body: { username, password } })
    expect(login.status).toBe(200)
    const cookie = login.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    const foreign = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Content-Type': 'text/plain' },
    ]
    for (const headers of foreign) {
      const answer = await http('POST', `${url()}/api/v1/auth/refresh`, {
        body: '{}',
        headers: { Cookie: cookie, ...headers },
      })
      expect([headers, answer.status >= 400, answer.headers.getSetCookie()]).toEqual([headers, true, []])
    }
    const own = { Cookie: cookie, Origin: url() }
    expect((await http('POST', `${url()}/api/v1/auth/refresh`, { body: {}, headers: own })).status).toBe(200)
  })

  test('[SEC-4] a page of another site gets no socket, with a good token too', async () => {
    const { alice } = await world.accounts('alice')
    for (const Origin of ['https://evil.example', 'null', `${url()}.evil.example`])
      await expect(openSocket(url(), alice.token, { Origin })).rejects.toThrow()
  })

  test('[SEC-5] a socket stays who it is: another’s token closes it', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const socket = await alice.socket()
    void socket.emit('authenticate', { token: bob.token }).catch(() => undefined)
    await socket.closed()
  })

  test('[SEC-6] a session that was ended is over at once, on its socket and over HTTP', async () => {
    const { alice } = await world.accounts('alice')
    const socket = await alice.socket()
    await alice.does('logout', {})
    await socket.closed()
    expect(await alice.refusal('getMe', {})).toBe('SESSION_ENDED')
  })

  test('[SEC-5] a token that this server has not made is none, whatever it says of itself', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const [head = '', body = '', signature = ''] = alice.token.split('.')
    const decoded = (part: string) =>
      JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
    const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const [header, claims] = [decoded(head), decoded(body)]
    const signed = (of: object, says: object, key: string | Buffer, hash = 'sha256') => {
      const text = `${encoded(of)}.${encoded(says)}`
      return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`
    }
    const theirs = { ...claims, sub: bob.id, sid: bob.sessionId }
    const forged = [
      `${encoded({ ...header, alg: 'none' })}.${encoded(theirs)}.`,
      `${encoded({ ...header, alg: 'none' })}.${encoded(theirs)}.${signature}`,
      `${head}.${encoded(theirs)}.${signature}`,
      signed(header, theirs, ''),
      signed(header, theirs, 'secret'),
      signed({ ...header, alg: 'HS512' }, theirs, 'secret', 'sha512'),
      signed({ ...header, alg: 'RS256' }, theirs, 'secret'),
      signed({ ...header, kid: '../../../dev/null' }, theirs, ''),
      signed({ ...header, kid: '__proto__' }, theirs, ''),
      signed({ ...header, jku: 'https://evil.example/keys' }, theirs, 'secret'),
      signed(
        { ...header, jwk: { kty: 'oct', k: Buffer.from('secret').toString('base64url') } },
        theirs,
        'secret',
      ),
      `${alice.token}x`,
      alice.token.slice(0, -3),
      `${head}..${signature}`,
    ]
    for (const token of forged) {
      const answer = await askHttp(url(), 'getMe', {}, token)
      expect([token, answer.ok]).toEqual([token, false])
      await expect(openSocket(url(), token)).rejects.toThrow()
    }
    expect((await alice.ask('getMe', {})).ok).toBe(true)
  })

  test('[SEC-8] who comes later never sees a word of before, by any way that words travel', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    const old = await send(alice, conversationId, canary)
    const socket = await carol.socket()
    await alice.does('addMembers', { conversationId, userIds: [carol.id] })
    await socket.hears('conversation_added')
    const edited = {
      conversationId,
      id: old.id,
      bodyRev: old.bodyRev,
      body: { text: `${canary}, again` },
      opId: newOpId(),
    }
    await alice.does('editMessage', edited)
    await bob.does('react', { conversationId, id: old.id, emoji: '👍', opId: newOpId() })
    const last = await send(alice, conversationId, 'a new word')
    await socket.hears(
      'receive_message',
      ({ message }: { message: { id: string } }) => message.id === last.id,
    )
    expect(socket.frames.join('')).not.toContain('canary')
    for (const path of [
      `/conversations/${conversationId}/messages`,
      `/conversations/${conversationId}/messages?around=1`,
      `/conversations/${conversationId}`,
      `/search?query=canary`,
    ]) {
      const { text, status } = await http('GET', `${url()}/api/v1${path}`, { token: carol.token })
      expect([path, status < 500, text.includes('canary')]).toEqual([path, true, false])
    }
    const synced = await carol.does('sync', { conversations: {}, marks: [], account: 0 })
    expect(JSON.stringify(synced)).not.toContain('canary')
    const reply = { ...textTo(conversationId, 'about that'), replyTo: old.id }
    expect(await carol.refusal('sendMessage', reply)).not.toBeNull()
  })

  test('[SEC-9] a conversation that is not one’s own is one that is not there', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await directOf(alice, bob)
    await send(alice, conversationId, canary)
    for (const path of [`/conversations/${conversationId}`, `/conversations/${conversationId}/messages`]) {
      const { text, status } = await http('GET', `${url()}/api/v1${path}`, { token: carol.token })
      expect([status >= 400, text.includes('canary')]).toEqual([true, false])
    }
    expect(await carol.refusal('sendMessage', textTo(conversationId, 'me too'))).not.toBeNull()
  })

  test('[SEC-12] what nests deeper than it may is refused before it is parsed', async () => {
    const { alice } = await world.accounts('alice')
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    for (const levels of [limits.jsonDepth + 1, 60_000]) {
      const answer = await http('POST', `${url()}/api/v1/sync`, { token: alice.token, body: deep(levels) })
      expect([levels, answer.status, answer.json]).toMatchObject([levels, 400, { code: 'INVALID' }])
      const socket = await alice.socket()
      socket.socket.io.engine.write(`2["get_me",${deep(levels)}]`)
      await socket.closed()
    }
  })

  test('[SEC-15] an upload is its owner’s, and nobody reads it there', async () => {
    const { alice, carol } = await world.accounts('alice', 'carol')
    const { id } = await beginUpload(url(), alice, { bytes: 20, purpose: 'file' })
    await sendPart(url(), alice, id, 0, randomBytes(10))
    expect(await offsetOf(url(), carol, id)).toEqual({ status: 404 })
    expect((await sendPart(url(), carol, id, 10, randomBytes(10))).status).toBe(404)
    for (const method of ['GET', 'DELETE'])
      expect((await http(method, `${url()}/api/v1/uploads/${id}`, { token: alice.token })).status).toBe(404)
    expect(await offsetOf(url(), alice, id)).toBe(10)
  })

  test('[SEC-16] what a browser would run is only ever handed out, never shown', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const page = Buffer.from('<!doctype html><script>alert(1)</script>')
    const { id } = await uploaded(url(), alice, page, 'file', 'page.png')
    await alice.does('sendMessage', mediaTo(conversationId, 'file', id))
    const { headers, bytes } = await fetchMedia(url(), bob, id)
    expect(bytes.equals(page)).toBe(true)
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toMatch(/^attachment/u)
    expect(headers.get('content-security-policy')).toMatch(/sandbox/u)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect((await uploaded(url(), alice, page, 'image', 'page.png')).code).not.toBeNull()
  })

  test('[SEC-17] a picture that would fill the memory, or is none of the kinds that are opened, is refused', async () => {
    const { alice } = await world.accounts('alice')
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    const tiff = await picture(8, 8, (image) => image.tiff())
    const wide = await picture(limits.imageSide + 1, 1)
    for (const bytes of [pixelBomb(30_000), wide, svg, tiff])
      expect((await uploaded(url(), alice, bytes, 'image')).code).toMatch(/^MEDIA_/u)
  })

  test('[SEC-18] a photograph says nothing of where it was taken', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const place = { IFD0: { Make: canary }, IFD3: { GPSLatitude: '48/1 51/1 24/1', GPSLatitudeRef: 'N' } }
    const photo = await picture(80, 60, (image) => image.withExif(place).jpeg())
    expect(photo.includes(canary)).toBe(true)
    const { id } = await uploaded(url(), alice, photo, 'image')
    await alice.does('sendMessage', mediaTo(conversationId, 'image', id))
    for (const part of [undefined, 'thumbnail'] as const) {
      const { bytes } = await fetchMedia(url(), bob, id, part === undefined ? {} : { part })
      expect((await sharp(bytes).metadata()).exif).toBeUndefined()
      expect(bytes.includes(canary)).toBe(false)
    }
  })

  test('[SEC-19] a medium goes with the membership', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob)
    const { id } = await uploaded(url(), alice, await picture(), 'image')
    await alice.does('sendMessage', mediaTo(conversationId, 'image', id))
    const { status, headers } = await fetchMedia(url(), bob, id)
    expect(status).toBe(200)
    expect((await fetchMedia(url(), carol, id)).status).toBe(404)
    expect((await fetchMedia(url(), null, id)).status).toBe(401)
    await alice.does('removeMember', { conversationId, userId: bob.id })
    const kept = { 'If-None-Match': headers.get('etag') ?? '' }
    expect((await fetchMedia(url(), bob, id, { headers: kept })).status).toBe(404)
    expect((await fetchMedia(url(), bob, id, { part: 'thumbnail' })).status).toBe(404)
  })

  test('[SEC-21] a push goes to the services of browsers’ makers, and nowhere that a client names', async () => {
    const { alice } = await world.accounts('alice')
    const how = {
      p256dh: `B${'A'.repeat(86)}`,
      auth: 'A'.repeat(22),
      preview: 'none',
      language: 'en',
    } as const
    for (const endpoint of [
      'http://127.0.0.1:9/push',
      'https://127.0.0.1/push',
      'https://[::ffff:127.0.0.1]/push',
      'https://evil.example/push',
      'https://fcm.googleapis.com.evil.example/push',
      'https://fcm.googleapis.com@evil.example/push',
      'https://fcm.googleapis.com:8443/push',
    ])
      expect([endpoint, await alice.refusal('subscribePush', { ...how, endpoint })]).toEqual([
        endpoint,
        'PUSH_SERVICE_UNKNOWN',
      ])
  })

  test('[SEC-28] no word, password or token is in a log that says everything, nor among the figures', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const secret = `the hidden ${randomBytes(8).toString('hex')}`
    const conversationId = await directOf(alice, bob)
    await send(alice, conversationId, secret)
    await alice.does('updateMe', { about: secret })
    await askHttp(url(), 'login', { username: alice.username, password: secret, tokens: 'body' })
    await askHttp(url(), 'refresh', { refreshToken: secret, tokens: 'body' })
    await http('GET', `${url()}/api/v1/search?query=${encodeURIComponent(secret)}`, { token: alice.token })
    await http('GET', `${url()}/api/v1/me`, { token: secret })
    await http('POST', `${url()}/api/v1/conversations/${secret}/messages`, {
      token: alice.token,
      body: secret,
    })
    const begun = await uploaded(url(), alice, Buffer.from(secret), 'file', `${secret}.txt`)
    await alice.does('sendMessage', { ...mediaTo(conversationId, 'file', begun.id), id: newMessageId() })
    const metrics = (await http('GET', `${url()}/metrics`)).text
    expect(metrics).toContain('palabre')
    const told = world.server.output() + metrics
    expect(told.length).toBeGreaterThan(1_000)
    for (const hidden of [secret, alice.password, alice.token, alice.refreshToken, bob.token])
      expect(told.includes(hidden) || told.includes(encodeURIComponent(hidden))).toBe(false)
  })

  test(
    '[SEC-25] what the store keeps of a password and of a refresh token is of no use to a thief',
    { skip: store !== 'sqlite' },
    async () => {
      const { alice } = await world.accounts('alice')
      const kept = ['palabre.db', 'palabre.db-wal'].map((name) =>
        readFileSync(join(world.server.dataDir, name)),
      )
      const [, , secret = alice.refreshToken] = alice.refreshToken.split('.')
      for (const bytes of kept)
        for (const hidden of [alice.password, alice.token, alice.refreshToken, secret])
          expect(bytes.includes(hidden)).toBe(false)
      expect(kept.some((bytes) => bytes.includes('$argon2id$'))).toBe(true)
    },
  )
})
