// HTTP itself: headers, errors, what is described and what is measured.
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { isErrorCode, operations } from '@palabre/protocol'
import { onEachStore } from '../kit/on-stores.ts'
import { http } from '../kit/wire.ts'
import { directOf, send, textTo } from '../kit/make.ts'
import { useWorld } from '../kit/world.ts'

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)
  const api = () => `${world.server.url}/api/v1`

  test('every answer of the API carries the headers that keep it private and inert', async () => {
    const { alice } = await world.accounts('alice')
    const answers = [
      await http('GET', `${api()}/me`, { token: alice.token }),
      await http('GET', `${api()}/me`),
      await http('GET', `${api()}/nothing/here`),
      await http('POST', `${api()}/auth/login`, { body: '{' }),
    ]
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toContain('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('x-powered-by')).toBeNull()
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('etag')).toBeNull()
    }
  })

  test('an error is a problem document with our code, its status and a sentence', async () => {
    const { alice } = await world.accounts('alice')
    const cases: [string, string, unknown, number, string][] = [
      ['GET', '/nothing/here', undefined, 404, 'NOT_FOUND'],
      ['DELETE', '/auth/login', undefined, 405, 'METHOD_NOT_ALLOWED'],
      ['PATCH', '/me', '{"displayName":', 400, 'INVALID'],
      ['PATCH', '/me', '"text"', 400, 'INVALID'],
      ['PATCH', '/me', { displayName: 'x'.repeat(300_000) }, 413, 'PACKET_TOO_LARGE'],
      ['GET', '/conversations?limit=many', undefined, 400, 'INVALID'],
    ]
    for (const [method, path, body, status, code] of cases) {
      const answer = await http(method, api() + path, { token: alice.token, body })
      expect([path, answer.status]).toEqual([path, status])
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
      expect(answer.json).toMatchObject({ code, status })
      expect((answer.json as { message: string }).message).not.toBe('')
    }
    expect((await http('PATCH', `${api()}/me`, { token: alice.token, body: { about: 'fine' } })).status).toBe(
      200,
    )
  })

  test('[SEC-12] JSON nested deeper than 32 levels is refused, 32 are read', async () => {
    const { alice } = await world.accounts('alice')
    const asked = (body: string) => http('PATCH', `${api()}/me`, { token: alice.token, body })
    expect((await asked(`{"about":${nested(60_000)}}`)).json).toMatchObject({ code: 'INVALID' })
    expect((await asked(`{"about":${nested(40)}}`)).json).toMatchObject({ code: 'INVALID' })
    expect((await asked('{"about":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}')).status).toBe(200)
  })

  test('a doubled query parameter, a wrong type and an unknown one are refused', async () => {
    const { alice } = await world.accounts('alice')
    const asked = async (query: string) =>
      (await http('GET', `${api()}/conversations?${query}`, { token: alice.token })).status
    expect(await asked('limit=1&limit=2')).toBe(400)
    expect(await asked('limit=1&sort=name')).toBe(400)
    expect(await asked('limit[]=1')).toBe(400)
    expect(await asked('limit=1')).toBe(200)
  })

  test('a token is taken from the header alone, never from the address', async () => {
    const { alice } = await world.accounts('alice')
    for (const name of ['token', 'access_token', 'accessToken']) {
      expect((await http('GET', `${api()}/me?${name}=${alice.token}`)).status).toBeGreaterThanOrEqual(400)
    }
    expect((await http('GET', `${api()}/me`, { token: alice.token })).status).toBe(200)
  })

  test('reading changes nothing: a GET twice is the same', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    await send(alice, id, 'hello')
    const path = `${api()}/conversations/${id}/messages`
    const [one, two] = [
      await http('GET', path, { token: bob.token }),
      await http('GET', path, { token: bob.token }),
    ]
    expect(two.text).toBe(one.text)
  })

  test('the API describes itself: every operation, and a page to read', async () => {
    const description = await http('GET', `${api()}/openapi.json`)
    expect(description.status).toBe(200)
    const { openapi, paths } = description.json as {
      openapi: string
      paths: Record<string, Record<string, unknown>>
    }
    expect(openapi).toMatch(/^3\./)
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replace('/api/v1', '').replace(/\{(\w+)\}/g, ':$1')}`,
      ),
    )
    for (const { http: route } of Object.values(operations)) expect(described).toContain(route)
    const page = await http('GET', `${api()}/docs`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.text).toContain('/conversations')
    expect(page.text).not.toMatch(/https?:\/\/(?!127\.0\.0\.1|localhost)[^"'\s]+\.(js|css)/)
  })

  test('probes say alive and ready; the metrics carry the four names and nobody’s', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    await send(alice, await directOf(alice, bob), 'a secret sentence')
    const { url } = world.server
    expect((await http('GET', `${url}/healthz`)).status).toBe(200)
    expect((await http('GET', `${url}/readyz`)).status).toBe(200)
    const metrics = await http('GET', `${url}/metrics`)
    expect(metrics.status).toBe(200)
    for (const name of ['activeConnections', 'messagesPerSecond', 'averageLatency', 'errorRate']) {
      expect(metrics.text).toContain(name)
    }
    for (const secret of ['a secret sentence', alice.username, alice.id, bob.id]) {
      expect(metrics.text).not.toContain(secret)
    }
  })

  test('an answer is compressed for who asks for it, and only then', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    await send(alice, id, 'long '.repeat(2_000))
    const path = `${api()}/conversations/${id}/messages`
    const plain = await http('GET', path, { token: bob.token, headers: { 'Accept-Encoding': 'identity' } })
    expect(plain.headers.get('content-encoding')).toBeNull()
    const packed = await http('GET', path, { token: bob.token, headers: { 'Accept-Encoding': 'gzip' } })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.text).toBe(plain.text)
  })

  test('bytes that are no HTTP end that connection and nothing else', async () => {
    const { alice } = await world.accounts('alice')
    for (const bytes of [
      '\x16\x03\x01\x02\x00',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n`,
    ]) {
      await new Promise<void>((done) => {
        const socket = connect(world.server.port, '127.0.0.1', () => socket.write(bytes))
        socket.on('error', () => {})
        socket.on('data', () => {})
        socket.on('close', () => done())
      })
    }
    expect(await alice.refusal('getMe', {})).toBeNull()
  })

  test('everything refused has a code of the table', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const answer = await alice.ask('sendMessage', { ...textTo(id, 'x'), senderId: bob.id } as never)
    expect(!answer.ok && isErrorCode(answer.error.code)).toBe(true)
  })
})

onEachStore('behind a trusted proxy, with rate limits, on %s', { isLong: true }, (store) => {
  const world = useWorld(store, { RATE_LIMITS: 'on' })

  test('a forwarded address that no trusted proxy vouches for changes no limit', async () => {
    const guess = (n: number) =>
      http('POST', `${world.server.url}/api/v1/auth/login`, {
        body: { username: 'someone.else', password: 'a guess of mine' },
        headers: { 'X-Forwarded-For': `10.0.0.${n}` },
      })
    let status = 0
    for (let n = 1; n <= 12 && status !== 429; n++) status = (await guess(n)).status
    expect(status).toBe(429)
  })
})
