// The proxies of the operator's page in front of a real server: what people do through them works, and what is only for
// the machine itself stays there.
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askEncrypted, proxies, proxyPort, startProxy, type TestProxy } from '../kit/deploy/proxy.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { http } from '../kit/wire.ts'

describe.each(proxies)('behind %s', (name) => {
  let server: TestServer
  let proxy: TestProxy
  const ask = (path: string, more: Partial<Parameters<typeof askEncrypted>[1]> = {}) =>
    askEncrypted(`${proxy.url}${path}`, { ca: proxy.ca, ...more })

  beforeAll(async () => {
    const port = await proxyPort()
    server = await startServer('sqlite', {
      PUBLIC_URL: `https://localhost:${port}`,
      TRUSTED_PROXIES: 'loopback',
      RATE_LIMITS: 'on',
      REGISTRATION: 'open',
    })
    proxy = await startProxy(name, port, server.port)
  })
  afterAll(async () => {
    await proxy?.stop()
    await server.stop()
  })

  test('pages come through TLS, with the headers that say so', async () => {
    const page = await ask('/', { headers: { Accept: 'text/html' } })
    expect(page.headers['strict-transport-security']).toMatch(/max-age=\d+/u)
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  })

  test('who comes without TLS is sent to it', async () => {
    if (proxy.plainUrl === null) return
    const { status, headers } = await http('GET', `${proxy.plainUrl}/some?page=1`)
    expect(status).toBe(301)
    expect(headers.get('location')).toMatch(/^https:\/\/localhost(:\d+)?\/some\?page=1$/u)
  })

  test('what is measured is not shown to others', async () => {
    expect((await ask('/metrics')).status).toBe(404)
    expect((await http('GET', `${server.url}/metrics`)).status).toBe(200)
  })

  test('people sign up, and a socket stays open and hears', async () => {
    const signedUp = await ask('/api/v1/auth/register', {
      method: 'POST',
      body: { username: `alice.${name}`, password: 'a long enough password', displayName: 'Alice' },
    })
    expect(signedUp.status).toBe(200)
    expect(String(signedUp.headers['set-cookie'])).toMatch(/^__Host-palabre_refresh=.*Secure/u)
    const { accessToken, user } = JSON.parse(signedUp.text) as { accessToken: string; user: { id: string } }
    const socket = io(proxy.url, {
      transports: ['websocket'],
      reconnection: false,
      auth: { token: accessToken },
      ca: proxy.ca,
      extraHeaders: { Origin: proxy.url },
    })
    await new Promise<void>((done, fail) => {
      socket.once('connect', done)
      socket.once('connect_error', fail)
    })
    const me = (await socket.emitWithAck('get_me', {})) as { ok?: boolean }
    expect(JSON.stringify(me)).toContain(user.id)
    socket.close()
  })

  test('an address that somebody claims to have changes no limit', async () => {
    let status = 0
    for (let n = 1; n <= 12 && status !== 429; n++)
      ({ status } = await ask('/api/v1/auth/login', {
        method: 'POST',
        body: { username: 'someone.else', password: 'a guess of mine' },
        headers: { 'X-Forwarded-For': `10.0.0.${n}` },
      }))
    expect(status).toBe(429)
  })
})
