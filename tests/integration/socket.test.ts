// The socket itself: who may connect, with which token, and what happens to those who talk nonsense.
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { onEachStore } from '../kit/on-stores.ts'
import { openRaw, openSocket, askHttp } from '../kit/wire.ts'
import { directOf, groupOf, send, textTo } from '../kit/make.ts'
import { eventually, observed, within } from '../kit/wait.ts'
import { useProcessWorld, useWorld } from '../kit/world.ts'

/** What the server says and does to a bare WebSocket that sends these texts after the engine's greeting. */
async function talk(
  url: string,
  frames: readonly (string | Buffer)[],
): Promise<{ said: string[]; isClosed: boolean }> {
  const raw = openRaw(url)
  const said: string[] = []
  raw.on('message', (data: Buffer) => said.push(data.toString()))
  await eventually(() => (said.length > 0 ? true : undefined), 'the greeting')
  for (const frame of frames) raw.send(frame, () => {})
  raw.ping()
  await within(
    new Promise<void>((done) => {
      raw.once('pong', () => done())
      raw.once('close', () => done())
    }),
    'a pong or the end',
  )
  const isClosed = raw.readyState !== raw.OPEN
  raw.terminate()
  return { said, isClosed }
}

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[CON-1] a token opens a socket; none, a broken or an ended one does not', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const { url } = world.server
    const socket = await alice.socket()
    const me = await socket.ask('getMe', {})
    expect(me.ok && me.output.user.id).toBe(alice.id)
    await bob.does('logout', {})
    const refused: [unknown, string][] = [
      [undefined, 'TOKEN_REQUIRED'],
      ['nonsense', 'TOKEN_INVALID'],
      [{ $ne: '' }, 'TOKEN_'],
      ['x'.repeat(5_000), 'TOKEN_'],
      [bob.token, 'SESSION_ENDED'],
    ]
    for (const [token, code] of refused) {
      const reason = await openSocket(url, token).then(
        () => 'it is open',
        (error: Error & { data?: { code?: string } }) => `${error.message} ${error.data?.code ?? ''}`,
      )
      expect(reason).toContain(code)
    }
  })

  test('[SEC-4] a page of another origin cannot connect, a program without one needs its token, ours may', async () => {
    const { alice } = await world.accounts('alice')
    const { url } = world.server
    await expect(openSocket(url, alice.token, { Origin: 'https://evil.example' })).rejects.toThrow()
    await expect(openSocket(url, alice.token, { Origin: 'null' })).rejects.toThrow()
    const ours = await openSocket(url, alice.token, { Origin: url })
    expect((await ours.ask('getMe', {})).ok).toBe(true)
    ours.close()
    const raw = openRaw(url, { Origin: 'https://evil.example' })
    await within(new Promise((done) => raw.once('close', done)), 'refused')
  })

  test('[CON-4] the heartbeat finds a dead link within a minute', async () => {
    const { said } = await talk(world.server.url, [])
    const greeting = JSON.parse(said[0]!.slice(1)) as {
      pingInterval: number
      pingTimeout: number
      upgrades: string[]
    }
    expect(greeting.pingInterval).toBeGreaterThanOrEqual(25_000)
    expect(greeting.pingInterval).toBeLessThanOrEqual(30_000)
    expect(greeting.pingInterval + greeting.pingTimeout).toBeLessThanOrEqual(60_000)
    expect(greeting.upgrades).toEqual([])
  })

  test('[SEC-5] a live socket renews with its own session’s token; anyone else’s closes it', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const { url } = world.server
    const socket = await alice.socket()
    const renewed = await askHttp(url, 'refresh', { refreshToken: alice.refreshToken, tokens: 'body' })
    if (!renewed.ok) throw new Error('not renewed')
    expect(await socket.emit('authenticate', { token: renewed.output.accessToken })).toMatchObject({
      ok: true,
    })
    expect((await socket.ask('getMe', {})).ok).toBe(true)
    void socket.emit('authenticate', { token: bob.token }).catch(() => {})
    await socket.closed()

    const { username, password } = alice
    const laptop = await askHttp(url, 'login', { username, password, tokens: 'body' })
    if (!laptop.ok) throw new Error('not signed in')
    const phone = await alice.socket()
    void phone.emit('authenticate', { token: laptop.output.accessToken }).catch(() => {})
    await phone.closed()
    const broken = await alice.socket()
    void broken.emit('authenticate', { token: 'nonsense' }).catch(() => {})
    await broken.closed()
  })

  test('the answer to a socket is the answer to HTTP', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    await send(alice, conversationId, 'hello')
    const socket = await bob.socket()
    expect(await socket.ask('listMessages', { conversationId })).toEqual(
      await bob.ask('listMessages', { conversationId }),
    )
    expect(await socket.ask('getConversation', { conversationId })).toEqual(
      await bob.ask('getConversation', { conversationId }),
    )
  })

  test('[SEC-11] an unknown event, a missing or odd payload gets a coded error, and the socket lives', async () => {
    const { alice } = await world.accounts('alice')
    const socket = await alice.socket()
    for (const name of ['no_such_thing', '__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect([name, await socket.emit(name, {})]).toMatchObject([
        name,
        { ok: false, error: { code: 'NOT_FOUND' } },
      ])
    }
    for (const payload of [null, 'text', 5, [], [[]], { extra: 1 }]) {
      expect(await socket.emit('get_me', payload)).toMatchObject({ ok: false, error: { code: 'INVALID' } })
    }
    expect(await socket.emit('get_me')).toHaveProperty('ok')
    socket.socket.emit('get_me', {})
    socket.socket.emit('send_message')
    expect((await socket.ask('getMe', {})).ok).toBe(true)
  })

  test('[SEC-5] whoever leaves on a connection does not enter on it again', async () => {
    const { alice } = await world.accounts('alice')
    const raw = openRaw(world.server.url)
    const said: string[] = []
    raw.on('message', (data: Buffer) => said.push(data.toString()))
    const hear = (start: string) =>
      eventually(() => said.find((text) => text.startsWith(start)), `a packet ${start}`)
    await hear('0')
    raw.send(`40${JSON.stringify({ token: alice.token })}`)
    await hear('40')
    raw.send('41')
    raw.send(`40${JSON.stringify({ token: alice.token })}`)
    await eventually(() => (raw.readyState === raw.CLOSED ? true : undefined), 'the end')
    expect(said.filter((text) => text.startsWith('40'))).toHaveLength(1)
    expect((await (await alice.socket()).ask('getMe', {})).ok).toBe(true)
  })

  test('[SEC-11] packets that are none close that connection and leave everybody else alone', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const { url } = world.server
    const honest = await alice.socket()
    const connectPacket = `40${JSON.stringify({ token: bob.token })}`
    const hostile: (string | Buffer)[][] = [
      [connectPacket, '45'],
      [connectPacket, '451-["send_message",{"_placeholder":true,"num":0}]'],
      [connectPacket, '451000000000-["x"]'],
      [connectPacket, '45-1-["x"]'],
      [connectPacket, Buffer.from([1, 2, 3])],
      [connectPacket, '43["ack"]'],
      [connectPacket, '44"error"'],
      [connectPacket, '49999'],
      [connectPacket, `42["get_me",${'['.repeat(60_000)}${']'.repeat(60_000)}]`],
      [connectPacket, `42["get_me",${'['.repeat(33)}${']'.repeat(33)}]`],
      [connectPacket, '42["connect",{}]'],
      [connectPacket, '42["disconnecting",{}]'],
      [connectPacket, '42{"0":"get_me"}'],
      [connectPacket, '42[null,{}]'],
      [connectPacket, '42[]'],
      [connectPacket, `42${'9'.repeat(40)}["get_me",{}]`],
      [connectPacket, connectPacket, connectPacket],
      ['40/admin,{}'],
      ['42["get_me",{}]'],
      ['40[]', '40null', '40"x"'],
      ['9', '', 'b!!!', '\u0000'],
      [connectPacket, `42["get_me","${'x'.repeat(limits.packetBytes + 1)}"]`],
    ]
    for (const frames of hostile) await talk(url, frames)
    expect((await honest.ask('getMe', {})).ok).toBe(true)
    const conversationId = await directOf(alice, bob)
    const message = await send(bob, conversationId, 'all well?')
    await honest.hears(
      'receive_message',
      (data: { message: { id: string } }) => data.message.id === message.id,
    )
  })

  test('[SEC-11] a packet that is too large closes the socket; one just below is answered', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const socket = await alice.socket()
    const below = await socket.emit('send_message', textTo(conversationId, 'é'.repeat(limits.textLength)))
    expect(below).toMatchObject({ ok: true })
    void socket.emit('get_me', 'x'.repeat(limits.packetBytes * 2)).catch(() => {})
    await socket.closed()
  })

  test('polling is refused: there is only the WebSocket', async () => {
    const response = await fetch(`${world.server.url}/socket.io/?EIO=4&transport=polling`)
    expect(response.status).toBeGreaterThanOrEqual(400)
  })

  test('[CON-2] a device comes back by itself, and at once when the browser says so', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await bob.opens({ network })
    network.cut()
    await observed(phone.client.connection, ({ name }) => name !== 'online', 'cut off')
    phone.setOnline(false)
    await observed(phone.client.connection, ({ name }) => name === 'offline', 'offline')
    const message = await alice.says('while you were away', bob)
    network.heal()
    phone.setOnline(true)
    await phone.sees(message.conversationId, message.id)
    await phone.online()
  })
})

onEachStore('as a process, on %s', { isLong: true }, (store) => {
  const world = useProcessWorld(store)

  test('[CON-3] a server that stops says so first, finishes what it has begun, and ends well', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const socket = await alice.socket()
    const closed = socket.closed().then(() => null)
    const sending = Array.from({ length: 50 }, (_, n) =>
      Promise.race([socket.ask('sendMessage', textTo(conversationId, `message ${n}`)), closed]),
    )
    await sending[0]
    const code = await world.server.drain()
    expect(code).toBe(0)
    await socket.hears('server_draining')
    await socket.closed()
    await world.server.restart()
    await alice.device.online()
    const { messages } = await bob.does('listMessages', { conversationId, limit: 100 })
    const stored = new Set(messages.map(({ id }) => id))
    const answers = (await Promise.all(sending)).filter((answer) => answer !== null)
    const acknowledged = answers.flatMap((answer) => (answer.ok ? [answer.output.message?.id] : []))
    const refusals = answers.flatMap((answer) => (answer.ok ? [] : [answer.error.code]))
    expect(acknowledged.length).toBeGreaterThan(0)
    for (const id of acknowledged) expect(stored).toContain(id)
    expect(new Set([...refusals, 'SERVER_DRAINING'])).toEqual(new Set(['SERVER_DRAINING']))
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i + 1))
  })
})
