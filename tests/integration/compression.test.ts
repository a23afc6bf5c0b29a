// What goes over the socket: large packets compressed for those who inflate them, plain for all others.
import type { AddressInfo } from 'node:net'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { INFLATES, limits, type ConversationId } from '@palabre/protocol'
import { openSocket } from '../../packages/client/src/connection/socket.ts'
import { groupOf, send, textOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { eventually } from '../kit/wait.ts'
import { http, openRaw } from '../kit/wire.ts'
import { useWorld } from '../kit/world.ts'

interface Said {
  readonly form: 'text' | 'binary'
  /** Socket.IO's packet, inflated. */
  readonly packet: string
}

/** A stranger's program: Socket.IO by hand, in the namespace `/`. */
async function program(url: string, auth: object) {
  const raw = openRaw(url)
  const said: Said[] = []
  raw.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) said.push({ form: 'binary', packet: inflateRawSync(data).toString() })
    else if (data[0] === 0x34) said.push({ form: 'text', packet: data.toString().slice(1) })
    else if (data[0] === 0x30) raw.send(`40${JSON.stringify(auth)}`)
    else if (data[0] === 0x32) raw.send('3')
  })
  const first = (start: string) =>
    eventually(() => said.find(({ packet }) => packet.startsWith(start)), start)
  await first('0')
  return {
    said,
    messages: () => said.filter(({ packet }) => packet.startsWith('2["receive_message"')),
    async asks(event: string, input: unknown): Promise<Said> {
      raw.send(`421${JSON.stringify([event, input])}`)
      return await first('31')
    },
    extensions: () => raw.extensions,
    close: () => raw.terminate(),
  }
}

const small = 'a few words'
const large = 'Quite a few words, as people write them when they have a lot to say. '.repeat(40)
/** The packet without the server's clock, which every answer of a sync holds. */
const timeless = (packet: string) => packet.replace(/"now":\d+/u, '"now":0')
const texts = [small, large, small, small, large, large, small]

onEachStore('on %s', { isLong: true }, (store) => {
  describe('as it comes', () => {
    const world = useWorld(store)

    async function compressedBytes(stage: 'before' | 'after'): Promise<number> {
      const { text } = await http('GET', `${world.server.url}/metrics`)
      const found = new RegExp(`^palabre_compressed_bytes_total\\{stage="${stage}"\\} (\\d+)`, 'm').exec(text)
      return Number(found?.[1] ?? 0)
    }

    test('[WIRE-2] large events come compressed to who inflates, plain to others, in one order', async () => {
      const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
      const id = await groupOf(alice, bob, carol)
      const inflating = await program(world.server.url, { token: bob.token, inflates: INFLATES })
      const plain = await program(world.server.url, { token: carol.token })
      for (const one of [inflating, plain]) await one.asks('get_me', {})
      for (const text of texts) await send(alice, id, text)
      await eventually(
        () => (inflating.messages().length + plain.messages().length === 2 * texts.length ? true : undefined),
        'all messages',
      )
      expect(plain.said.every(({ form }) => form === 'text')).toBe(true)
      expect(inflating.messages().map(({ packet }) => packet)).toEqual(
        plain.messages().map(({ packet }) => packet),
      )
      expect(inflating.messages().map(({ form }) => form)).toEqual(
        texts.map((text) => (text === large ? 'binary' : 'text')),
      )
      inflating.close()
      plain.close()
    })

    test('[WIRE-2] an event is compressed once, for however many; nobody there inflates: not at all', async () => {
      const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
      const id = await groupOf(alice, bob, carol)
      const before = await compressedBytes('before')
      const others = [await program(world.server.url, { token: bob.token })]
      await others[0]?.asks('get_me', {})
      await send(alice, id, large)
      expect(await compressedBytes('before')).toBe(before)
      for (const person of [alice, bob, bob, carol, carol])
        others.push(await program(world.server.url, { token: person.token, inflates: INFLATES }))
      for (const one of others) await one.asks('get_me', {})
      await send(alice, id, large)
      await eventually(
        () =>
          others.every((one) => one.messages().length === 1 + Number(one === others[0])) ? true : undefined,
        'all have it',
      )
      const event = others[1]?.messages()[0]?.packet ?? ''
      expect((await compressedBytes('before')) - before).toBe(Buffer.byteLength(event))
      for (const one of others) one.close()
    })

    test('[WIRE-2] answers are compressed too', async () => {
      const { alice, bob } = await world.accounts('alice', 'bob')
      const id = await groupOf(alice, bob)
      await send(alice, id, large)
      const input = { conversations: {}, account: 0 }
      const inflating = await program(world.server.url, { token: bob.token, inflates: INFLATES })
      const answer = await inflating.asks('sync', input)
      expect(answer.form).toBe('binary')
      expect(answer.packet).toContain(large)
      const plain = await program(world.server.url, { token: bob.token })
      const same = await plain.asks('sync', input)
      expect(same.form).toBe('text')
      expect(timeless(same.packet)).toBe(timeless(answer.packet))
      inflating.close()
      plain.close()
    })

    test('[WIRE-2] [P3] devices that inflate hold large and small messages in their order', async () => {
      const { alice, bob } = await world.people('alice', 'bob')
      const id: ConversationId = await groupOf(alice, bob)
      for (const person of [alice, bob]) await person.device.joins(id)
      const before = await compressedBytes('before')
      // Without waiting for acknowledgements: what is told crosses what is answered.
      for (const text of texts) {
        for (const person of [alice, bob]) await person.device.writes(text, id)
      }
      await eventually(
        async () => ((await bob.device.history(id)).length > 2 * texts.length ? true : undefined),
        'all of it',
      )
      const history = (await bob.device.history(id)).filter(({ kind }) => kind === 'text')
      for (const person of [alice, bob]) {
        expect(history.filter(({ senderId }) => senderId === person.id).map(textOf)).toEqual(texts)
      }
      expect((await compressedBytes('before')) - before).toBeGreaterThan(3 * large.length)
    })

    test('[WIRE-2] HTTP answers above the same bound are compressed, by brotli or gzip; shorter ones are not', async () => {
      const { alice, bob } = await world.accounts('alice', 'bob')
      const id = await groupOf(alice, bob)
      const path = `${world.server.url}/api/v1/conversations/${id}/messages`
      const encodingOf = async (accepted: string, url = path) => {
        const answer = await http('GET', url, { token: bob.token, headers: { 'Accept-Encoding': accepted } })
        return [answer.headers.get('content-encoding'), answer.text.length > limits.deflateAbove]
      }
      expect(await encodingOf('br', `${world.server.url}/api/v1/me`)).toEqual([null, false])
      await send(alice, id, large)
      expect(await encodingOf('gzip')).toEqual(['gzip', true])
      expect(await encodingOf('gzip, deflate, br')).toEqual(['br', true])
      expect(await encodingOf('identity')).toEqual([null, true])
    })
  })

  describe('with compression by the WebSocket itself', () => {
    const world = useWorld(store, { PER_MESSAGE_DEFLATE: 'on' })

    test('a client that offers it gets large packets through it, and ours not on top', async () => {
      const { alice, bob } = await world.people('alice', 'bob')
      const id = await groupOf(alice, bob)
      const inflating = await program(world.server.url, { token: bob.token, inflates: INFLATES })
      await inflating.asks('get_me', {})
      expect(inflating.extensions()).toContain('permessage-deflate')
      for (const text of texts) await send(alice, id, text)
      await eventually(
        () => (inflating.messages().length === texts.length ? true : undefined),
        'all messages',
      )
      expect(inflating.said.every(({ form }) => form === 'text')).toBe(true)
      await bob.device.reads(id, large)
      inflating.close()
    })
  })
})

describe('a server that means harm', () => {
  const bomb = deflateRawSync(Buffer.alloc(limits.inflatedBytes + 1, 0x20))
  const honest = deflateRawSync('2["honest",{}]')

  test.each([
    ['a bomb', bomb],
    ['no deflate stream', Buffer.from('nonsense')],
    ['a stream of what is no packet', deflateRawSync('nonsense')],
  ])('[WIRE-3] loses the connection by sending %s, and nothing after it is heard', async (_, packet) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    server.on('connection', (raw) => {
      raw.send(`0${JSON.stringify({ sid: 'a', upgrades: [], pingInterval: 25_000, pingTimeout: 20_000 })}`)
      raw.once('message', () => {
        raw.send('40{"sid":"b"}')
        for (const sent of [honest, packet, honest, '42["after",{}]']) raw.send(sent)
      })
    })
    await new Promise((listening) => server.once('listening', listening))
    const heard: string[] = []
    const socket = openSocket({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token: 't',
      timeoutMs: 10_000,
      inflation: { format: INFLATES, maxBytes: limits.inflatedBytes },
    })
    socket.onAny((name: string) => heard.push(name))
    const ended = new Promise((done) => socket.once('disconnect', done))
    await eventually(() => (heard.length > 0 ? true : undefined), 'the honest packet')
    await ended
    expect(heard).toEqual(['honest'])
    server.close()
  })
})
