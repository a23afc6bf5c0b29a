// Opening an account, signing in, renewing and ending: with the token in the body and with the cookie.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { onEachStore } from '../kit/on-stores.ts'
import { askHttp, askHttpRaw, http } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

const code = (json: unknown) => (json as { code?: string }).code
const cookieOf = (headers: Headers) =>
  headers.getSetCookie().find((cookie) => cookie.includes('palabre_refresh'))
const cookieValue = (cookie: string | undefined) => cookie?.split(';')[0] ?? ''

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)
  const account = (username: string) => ({
    username,
    password: 'a phrase nobody guesses',
    displayName: 'Someone',
    tokens: 'body' as const,
  })

  test('an account is opened once; its name is taken then, whatever the case', async () => {
    const { url } = world.server
    const first = await askHttp(url, 'register', account('taken.once'))
    expect(first.ok && first.output.user.username).toBe('taken.once')
    const second = await askHttp(url, 'register', account('taken.once'))
    expect(!second.ok && second.error.code).toBe('USERNAME_TAKEN')
  })

  test('[SEC-34] a username that looks like one that is taken, or is of another script, is refused', async () => {
    const { url } = world.server
    const asked = async (username: string) =>
      code((await askHttpRaw(url, 'register', account(username))).json)
    expect((await askHttp(url, 'register', account('modern.will10'))).ok).toBe(true)
    for (const alike of ['modem.will10', 'modern-will10', 'modernwi1l1o'])
      expect([alike, await asked(alike)]).toEqual([alike, 'USERNAME_TAKEN'])
    // Cyrillic, full-width, nothing visible.
    for (const foreign of ['m\u043Edern.one', '\uFF4Dodern.one', 'modern\u200B.one'])
      expect([foreign, await asked(foreign)]).toEqual([foreign, 'INVALID'])
    expect((await askHttp(url, 'register', account('modern.one'))).ok).toBe(true)
  })

  test('a weak password, a reserved or malformed name and an unknown field are refused', async () => {
    const { url } = world.server
    const refused = async (change: Record<string, unknown>) =>
      code((await askHttpRaw(url, 'register', { ...account('refused.one'), ...change })).json)
    expect(await refused({ username: 'admin' })).toBe('USERNAME_RESERVED')
    expect(await refused({ username: 'a..b' })).toBe('INVALID')
    expect(await refused({ password: 'short' })).toBe('INVALID')
    expect(await refused({ password: 'x'.repeat(2_000) })).toBe('INVALID')
    expect(await refused({ displayName: 'right\u202Eleft' })).toBe('INVALID')
    expect(await refused({ isAdmin: true })).toBe('INVALID')
    const done = await askHttp(url, 'register', account('refused.one'))
    expect(done.ok).toBe(true)
  })

  test('[SEC-2] an unknown name and a wrong password get the same answer, the right one gets in', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const login = (username: string, password: string) =>
      askHttpRaw(url, 'login', { username, password, tokens: 'body' })
    const wrong = await login(alice.username, 'not her password')
    const unknown = await login('nobody.at.all', 'not her password')
    expect(wrong.status).toBe(401)
    expect(code(wrong.json)).toBe('CREDENTIALS_WRONG')
    expect(unknown.status).toBe(401)
    const shape = (json: unknown) => ({ ...(json as Record<string, unknown>), requestId: '', instance: '' })
    expect(shape(unknown.json)).toEqual(shape(wrong.json))
    expect((await login(alice.username.toUpperCase(), alice.password)).status).toBeLessThan(300)
  })

  test('a session is a device: its name is kept, its token answers for it', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const signedIn = await askHttp(url, 'login', {
      username: alice.username,
      password: alice.password,
      deviceName: 'Kitchen tablet',
      tokens: 'body',
    })
    if (!signedIn.ok) throw new Error('not signed in')
    expect(signedIn.output.session.deviceName).toBe('Kitchen tablet')
    expect(signedIn.output.expiresAt).toBeGreaterThan(Date.now())
    const me = await askHttp(url, 'getMe', {}, signedIn.output.accessToken)
    expect(me.ok && me.output.user.id).toBe(alice.id)
  })

  test('no token, a broken one and one of another make are refused', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const asked = async (token?: string) => code((await askHttpRaw(url, 'getMe', {}, { token })).json)
    const [head = '', body = '', signature = ''] = alice.token.split('.')
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    expect(await asked()).toBe('TOKEN_REQUIRED')
    expect(await asked('nonsense')).toBe('TOKEN_INVALID')
    expect(await asked(`${head}.${body}.${signature.slice(0, -2)}AA`)).toBe('TOKEN_INVALID')
    expect(await asked(`${none}.${body}.`)).toBe('TOKEN_INVALID')
    expect(await asked(alice.refreshToken)).toBe('TOKEN_INVALID')
    expect(await asked(alice.token)).toBeUndefined()
  })

  test('a refresh token is replaced at every use; two tabs that race get the same successor', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const [one, two] = await Promise.all([
      askHttp(url, 'refresh', { refreshToken: alice.refreshToken, tokens: 'body' }),
      askHttp(url, 'refresh', { refreshToken: alice.refreshToken, tokens: 'body' }),
    ])
    if (!one.ok || !two.ok) throw new Error(`a race is no theft: ${JSON.stringify([one, two])}`)
    expect(one.output.refreshToken).not.toBe(alice.refreshToken)
    expect(two.output.refreshToken).toBe(one.output.refreshToken)
    const me = await askHttp(url, 'getMe', {}, one.output.accessToken)
    expect(me.ok).toBe(true)
  })

  test('an old refresh token that comes back ends the session, its access tokens and its sockets', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const socket = await alice.socket()
    const refresh = (refreshToken = '') => askHttp(url, 'refresh', { refreshToken, tokens: 'body' })
    const second = await refresh(alice.refreshToken)
    if (!second.ok) throw new Error('not renewed')
    await askHttp(url, 'getMe', {}, second.output.accessToken)
    const third = await refresh(second.output.refreshToken)
    if (!third.ok) throw new Error('not renewed')
    await askHttp(url, 'getMe', {}, third.output.accessToken)

    const stolen = await refresh(alice.refreshToken)
    expect(!stolen.ok && stolen.error.code).toBe('REFRESH_REUSED')
    const owner = await refresh(third.output.refreshToken)
    expect(!owner.ok && owner.error.code).toBe('SESSION_ENDED')
    const access = await askHttp(url, 'getMe', {}, third.output.accessToken)
    expect(!access.ok && access.error.code).toBe('SESSION_ENDED')
    expect(await socket.hears('session_ended')).toEqual({ reason: 'SESSION_ENDED' })
    await socket.closed()
  })

  test('a refresh token that nobody gave out is refused, and harms no session', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    for (const refreshToken of ['', 'nonsense', `${alice.refreshToken}x`, alice.token]) {
      const answer = await askHttp(url, 'refresh', { refreshToken, tokens: 'body' })
      expect(!answer.ok && answer.error.code).toMatch(/^(REFRESH_INVALID|INVALID)$/)
    }
    expect(await alice.refusal('getMe', {})).toBeNull()
  })

  test('signing out ends this session alone', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const again = await askHttp(url, 'login', {
      username: alice.username,
      password: alice.password,
      tokens: 'body',
    })
    if (!again.ok) throw new Error('not signed in')
    await alice.does('logout', {})
    expect(await alice.refusal('getMe', {})).toBe('SESSION_ENDED')
    const kept = await askHttp(url, 'getMe', {}, again.output.accessToken)
    expect(kept.ok).toBe(true)
  })

  test('a browser gets its refresh token in a cookie that no script sees, and never in the body', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const body = { username: alice.username, password: alice.password, tokens: 'cookie' }
    const signedIn = await http('POST', `${url}/api/v1/auth/login`, { body, headers: { Origin: url } })
    expect(signedIn.json).not.toHaveProperty('refreshToken')
    const cookie = cookieOf(signedIn.headers)
    expect(cookie).toMatch(/^__Host-palabre_refresh=[^;]+/)
    for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict'])
      expect(cookie).toContain(attribute)

    const renewed = await http('POST', `${url}/api/v1/auth/refresh`, {
      body: { tokens: 'cookie' },
      headers: { Origin: url, Cookie: cookieValue(cookie) },
    })
    expect(renewed.status).toBe(200)
    expect(renewed.json).not.toHaveProperty('refreshToken')
    const { accessToken } = renewed.json as { accessToken: string }
    const out = await http('POST', `${url}/api/v1/auth/logout`, {
      token: accessToken,
      body: {},
      headers: { Origin: url, Cookie: cookieValue(cookieOf(renewed.headers)) },
    })
    expect(out.status).toBeLessThan(300)
    expect(cookieOf(out.headers)).toMatch(/=;|Max-Age=0|Expires=Thu, 01 Jan 1970/)
  })

  test('[SEC-3] a foreign page cannot use the cookie: wrong origin, cross-site, or not JSON', async () => {
    const { url } = world.server
    const { alice } = await world.accounts('alice')
    const body = { username: alice.username, password: alice.password, tokens: 'cookie' }
    const signedIn = await http('POST', `${url}/api/v1/auth/login`, { body, headers: { Origin: url } })
    const Cookie = cookieValue(cookieOf(signedIn.headers))
    const refresh = (headers: Record<string, string>, text: unknown = { tokens: 'cookie' }) =>
      http('POST', `${url}/api/v1/auth/refresh`, { body: text, headers: { Cookie, ...headers } })
    expect((await refresh({ Origin: 'https://evil.example' })).status).toBe(403)
    expect((await refresh({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
    expect((await refresh({ Origin: 'null' })).status).toBe(403)
    expect(
      (await refresh({ 'Content-Type': 'text/plain', Origin: url }, '{}')).status,
    ).toBeGreaterThanOrEqual(400)
    expect((await refresh({ Origin: url })).status).toBe(200)
  })
})

onEachStore('with invitations, on %s', { isLong: true }, (store) => {
  const world = useWorld(store, { REGISTRATION: 'invite' })

  test('[SEC-30] without the invite code nobody gets in, and a wrong one is no better than none', async () => {
    const account = { username: 'uninvited', password: 'a phrase nobody guesses', displayName: 'Nobody' }
    const { url, dataDir } = world.server
    const without = await askHttp(url, 'register', account)
    expect(!without.ok && without.error.code).toBe('INVITE_REQUIRED')
    const wrong = await askHttp(url, 'register', { ...account, invite: 'w'.repeat(32) })
    expect(!wrong.ok && wrong.error.code).toBe('INVITE_REQUIRED')
    // Where nodes may be several, it is with the keys that they share.
    const kept = store === 'sqlite' ? dataDir : `${dataDir}/keys`
    const invite = (await readFile(`${kept}/invite-code`, 'utf8')).trim()
    const invited = await askHttp(url, 'register', { ...account, invite })
    expect(invited.ok).toBe(true)
  })
})

onEachStore('closed, on %s', { isLong: true }, (store) => {
  const world = useWorld(store, { REGISTRATION: 'closed' })

  test('nobody registers', async () => {
    const account = { username: 'latecomer', password: 'a phrase nobody guesses', displayName: 'Late' }
    const answer = await askHttp(world.server.url, 'register', account)
    expect(!answer.ok && answer.error.code).toBe('REGISTRATION_CLOSED')
  })
})

onEachStore('with rate limits, on %s', { isLong: true }, (store) => {
  const world = useWorld(store, { RATE_LIMITS: 'on' })

  test('[SEC-1] guessing a password is slowed down, and says for how long; others still get in', async () => {
    const { url } = world.server
    const { alice, bob } = await world.accounts('alice', 'bob')
    const guess = () => askHttp(url, 'login', { username: alice.username, password: 'a guess of hers' })
    let last = await guess()
    for (let attempt = 0; attempt < 8 && !last.ok && last.error.code === 'CREDENTIALS_WRONG'; attempt++) {
      last = await guess()
    }
    if (last.ok) throw new Error('guessed')
    expect(last.error.code).toBe('RATE_LIMITED')
    expect(last.error.retryAfterMs).toBeGreaterThan(0)
    const other = await askHttp(url, 'login', { username: bob.username, password: bob.password })
    expect(other.ok).toBe(true)
  })
})
