// Long-polling against three nodes, where an operator has turned it on: every request of a session must reach the node
// that it began with, which the balancer sees to with a cookie. When that node dies, the session begins anew on another.
import { io, type Socket } from 'socket.io-client'
import { afterEach, expect, test } from 'vitest'
import { directOf, range, send, textTo } from '../kit/make.ts'
import { eventually, within } from '../kit/wait.ts'
import { asAnswer } from '../kit/wire.ts'
import { onThreeNodes } from '../kit/on-stores.ts'
import { useNodes } from '../kit/world.ts'

onThreeNodes(() => {
  const world = useNodes({ LONG_POLLING: 'on' })
  const patienceMs = 60_000
  let sockets: Socket[] = []

  afterEach(() => {
    for (const socket of sockets) socket.disconnect()
    sockets = []
  })

  async function poll(token: string, transports: string[]): Promise<Socket> {
    // `withCredentials`: cookies, as a browser sends them to the page's own server.
    const socket = io(world.server.url, {
      transports,
      auth: { token },
      forceNew: true,
      withCredentials: true,
    })
    sockets.push(socket)
    await within(new Promise((done) => socket.once('connect', () => done(null))), 'connecting')
    return socket
  }

  test(
    'sessions of long-polling stay with their nodes, and are told what is said on the others',
    async () => {
      const { alice, bob } = await world.accounts('alice', 'bob')
      const conversationId = await directOf(alice, bob)
      // More of them than nodes: they are on all of them.
      const all = await Promise.all(range(1, 6).map(() => poll(bob.token, ['polling'])))
      const heard = all.map((socket) => {
        const ids = new Set<string>()
        socket.on('receive_message', ({ message }: { message: { id: string } }) => ids.add(message.id))
        return ids
      })
      for (const n of range(1, 5)) {
        const { id } = await send(alice, conversationId, `message ${n}`)
        await eventually(() => (heard.every((ids) => ids.has(id)) ? true : undefined), 'everybody hears it')
      }
      for (const [n, socket] of all.entries()) {
        const answer = asAnswer(
          await socket.timeout(patienceMs).emitWithAck('send_message', textTo(conversationId, `answer ${n}`)),
        )
        expect(answer).toMatchObject({ ok: true })
        expect(socket.io.engine.transport.name).toBe('polling')
      }
    },
    2 * patienceMs,
  )

  test(
    'long-polling becomes a WebSocket on the same node, and begins anew on another when that one dies',
    async () => {
      const { alice, bob } = await world.accounts('alice', 'bob')
      const conversationId = await directOf(alice, bob)
      const socket = await poll(bob.token, ['polling', 'websocket'])
      await eventually(
        () => (socket.io.engine.transport.name === 'websocket' ? true : undefined),
        'it becomes a WebSocket',
      )
      const polling = await poll(bob.token, ['polling'])
      const ids = new Set<string>()
      polling.on('receive_message', ({ message }: { message: { id: string } }) => ids.add(message.id))
      for (const node of world.server.nodes) {
        await node.kill()
        await eventually(
          async () => {
            const sent = await send(alice, conversationId, `without ${node.name}`).catch(() => null)
            if (sent === null) return undefined
            return eventually(() => (ids.has(sent.id) ? true : undefined), 'it is heard', 1_000).catch(
              () => undefined,
            )
          },
          'it is told again',
          patienceMs,
        )
        await node.restart()
        await world.server.served()
      }
    },
    5 * patienceMs,
  )
})
