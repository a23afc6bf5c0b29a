// Packets, requests and connections that no client of ours would make, drawn from a seed: whatever they are, the server
// stays the same process, its memory comes back, and two honest people still talk. SEED starts elsewhere; RUNS says how
// many (a night's worth is some thousands).
import { connect as connectTcp, type Socket as TcpSocket } from 'node:net'
import { expect, test } from 'vitest'
import { limits, operations } from '@palabre/protocol'
import { onEachStore } from '../kit/on-stores.ts'
import { createRandom, givenSeed, type Random } from '../kit/random.ts'
import { eventually, within } from '../kit/wait.ts'
import { openRaw } from '../kit/wire.ts'
import { useProcessWorld } from '../kit/world.ts'
import { createOracle } from './oracle.ts'

const seed = givenSeed()
const runs = Number(process.env['RUNS'] ?? 120)
const events = Object.values(operations).flatMap(({ socket }) => socket ?? [])
const odd = [
  ...['', 'null', '{}', '[]', '""', '0', '-1', '1e999', 'true', '{"__proto__":{"isAdmin":true}}'],
  ...['{"constructor":{"prototype":{}}}', '{"$ne":""}', '{"_bsontype":"ObjectID"}', '"\\ud800"', '"\\u0000"'],
  ...['[[[[[[]]]]]]', '{"a":{"a":{"a":{}}}}', '9007199254740993', `"${'é'.repeat(3_000)}"`, '{"then":1}'],
]

/** One frame of text or bytes. */
function frame(random: Random, token: string): string | Buffer {
  const event = random.pick([
    ...events,
    'connect',
    'disconnect',
    'error',
    '__proto__',
    'toString',
    'newListener',
  ])
  const ackId = random.pick(['', '0', '7', '-1', '999999999999999999999999', '1e3', ' '])
  const payload = random.pick(odd)
  return random.pick<() => string | Buffer>([
    () => `42${ackId}["${event}",${payload}]`,
    () => `42${ackId}["${event}"`,
    () => `42${ackId}[${payload},"${event}"]`,
    () => `4${random.below(10)}${ackId}${payload}`,
    () => `${random.below(10)}${payload}`,
    () => `45${random.pick(['0', '1', '-1', '1000000000', 'x'])}-["${event}",{"_placeholder":true,"num":0}]`,
    () => `40${random.pick(['', '{}', '[]', '/admin,', `{"token":${payload}}`, JSON.stringify({ token })])}`,
    () => `42["${event}",${'['.repeat(random.below(70_000))}`,
    () => `42["${event}","${'x'.repeat(limits.packetBytes + random.below(3) - 40)}"]`,
    () => Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256))),
    () => '2probe',
    () => '3',
    () => '5',
    () => '41',
  ])()
}

/** Says all of it on one connection, and waits for an answer of any kind, or the end. */
async function say(url: string, frames: readonly (string | Buffer)[]): Promise<void> {
  const raw = openRaw(url)
  try {
    let isGreeted = false
    raw.once('message', () => (isGreeted = true))
    await eventually(() => (isGreeted ? true : undefined), 'the greeting')
    for (const one of frames) raw.send(one, () => undefined)
    raw.ping()
    const ended = new Promise<void>((done) => {
      raw.once('pong', () => done())
      raw.once('close', () => done())
    })
    await within(ended, 'a pong or the end')
  } finally {
    raw.terminate()
  }
}

/** What HTTP's own parser is offered. */
function requests(port: number): string[] {
  const line = 'GET /api/v1/me HTTP/1.1\r\n'
  const host = `Host: 127.0.0.1:${port}\r\n`
  return [
    `${line}${host}${'X: y\r\n'.repeat(2_000)}\r\n`,
    `${line}${host}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    `POST /api/v1/sync HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX`,
    `POST /api/v1/sync HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 999999999\r\n\r\n{`,
    `POST /api/v1/sync HTTP/1.1\r\n${host}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u001f\u008b\u0008\u0000`,
    `GET /../../etc/passwd HTTP/1.1\r\n${host}\r\n`,
    `GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n${host}\r\n`,
    `GET /api/v1/media/%00 HTTP/1.1\r\n${host}\r\n`,
    `GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
    `TRACE / HTTP/1.1\r\n${host}\r\n`,
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    'NONSENSE\r\n\r\n',
    '\u0000\u0001\u0002',
  ]
}

function offer(port: number, text: string): Promise<string> {
  return new Promise((done) => {
    let heard = ''
    const socket = connectTcp(port, '127.0.0.1', () => socket.end(Buffer.from(text, 'latin1')))
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.once('close', () => done(heard))
  })
}

onEachStore(`packets on %s, SEED=${seed}`, { isLong: true, timeout: 600_000 }, (store) => {
  const world = useProcessWorld(store)

  test(`[SEC-11] [SEC-36] ${runs} connections that talk nonsense harm nobody else`, async () => {
    const { alice, bob, mallory } = await world.accounts('alice', 'bob', 'mallory')
    const { url } = world.server
    const oracle = await createOracle(world.server, alice, bob)
    const random = createRandom(seed)
    const greeting = `40${JSON.stringify({ token: mallory.token })}`
    for (let nth = 0; nth < runs; nth += 1) {
      const frames = Array.from({ length: 1 + random.below(6) }, () => frame(random, mallory.token))
      await say(url, random.chance(0.7) ? [greeting, ...frames] : frames)
    }
    await oracle.judge()
  })

  test('[SEC-11] requests that are none are refused, and nothing of the disk is told', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const oracle = await createOracle(world.server, alice, bob)
    for (const text of requests(world.server.port)) {
      const heard = await offer(world.server.port, text)
      expect(heard).not.toContain('root:')
      expect(heard).not.toMatch(/HTTP\/1\.1 5\d\d/u)
    }
    await oracle.judge()
  })

  test('[SEC-13] connections that never come to the point hold nobody up', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const oracle = await createOracle(world.server, alice, bob)
    const { port, url } = world.server
    const held: TcpSocket[] = []
    for (let nth = 0; nth < 150; nth += 1) {
      const socket = connectTcp(port, '127.0.0.1')
      socket.on('error', () => undefined)
      // A head that does not end, a body that does not come, or nothing at all.
      if (nth % 3 === 0) socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')
      else if (nth % 3 === 1)
        socket.write(
          'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
        )
      held.push(socket)
    }
    const silent = Array.from({ length: 150 }, () => openRaw(url))
    await Promise.all(
      silent.map((raw) => within(new Promise((done) => raw.once('message', done)), 'the greeting')),
    )
    await oracle.judge()
    for (const socket of held) socket.destroy()
    for (const raw of silent) raw.terminate()
    await oracle.judge()
  })
})
