// Three nodes whose Redis is restarted, stopped, or cut off from one of them: a hint is lost, never a message (P5).
// Each person is on a node of their own, straight, so that what they say has to come across.
import { expect, test } from 'vitest'
import { directOf, groupOf, range, send, textsOf } from '../kit/make.ts'
import { createNetwork } from '../kit/links/network.ts'
import type { Device } from '../kit/device.ts'
import type { Person } from '../kit/people.ts'
import { eventually, observed } from '../kit/wait.ts'
import { askHttp, openSocket } from '../kit/wire.ts'
import { onThreeNodes } from '../kit/on-stores.ts'
import { useNodes } from '../kit/world.ts'

onThreeNodes(() => {
  const world = useNodes()
  /** Without Redis, what one node says reaches the devices of another one when it asks the store (SYNC-11). */
  const hintWithinMs = 45_000
  /** The longest that anything takes to be noticed: an ended session 30 s, a dead node's ghosts 60 s. */
  const patienceMs = 90_000

  /** A new device on that node, past the balancer. */
  async function onNode(person: Person, number: number): Promise<Device> {
    const node = world.server.nodes[number]
    if (node === undefined) throw new Error(`there is no node ${number}`)
    return person.opens({ network: await createNetwork(node) })
  }

  async function acrossNodes() {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    const devices = await Promise.all([alice, bob, carol].map((person, number) => onNode(person, number)))
    await Promise.all(devices.map((device) => device.joins(conversationId)))
    return { alice, bob, carol, conversationId, devices: devices as [Device, Device, Device] }
  }

  async function allRead(devices: readonly Device[], id: Parameters<Device['joins']>[0], text: string) {
    for (const { client } of devices)
      await observed(
        client.messages.timeline(id),
        ({ messages }) =>
          messages.some(({ message }) => message.kind === 'text' && message.body.text === text),
        `everybody reads “${text}”`,
        hintWithinMs,
      )
  }

  test(
    '[P5] Redis restarted, then stopped, then back: everything said arrives on every node, once',
    async () => {
      const { conversationId, devices } = await acrossNodes()
      const { redis } = world.server
      const [one, two, three] = devices
      await one.says('with Redis', conversationId)
      await allRead(devices, conversationId, 'with Redis')
      await redis.kill()
      await redis.start()
      await two.says('after a restart', conversationId)
      await allRead(devices, conversationId, 'after a restart')
      await redis.stop()
      await three.says('without Redis', conversationId)
      await allRead(devices, conversationId, 'without Redis')
      // Everyone may write meanwhile, also those whom nobody has told what the others wrote.
      await Promise.all(devices.map((device, n) => device.says(`all at once ${n}`, conversationId)))
      for (const n of range(0, 2)) await allRead(devices, conversationId, `all at once ${n}`)
      await redis.start()
      await one.says('with Redis again', conversationId)
      await allRead(devices, conversationId, 'with Redis again')
      const histories = await Promise.all(devices.map((device) => device.history(conversationId)))
      for (const history of histories) {
        expect(history).toEqual(histories[0])
        expect(textsOf(history)).toHaveLength(7)
      }
    },
    4 * patienceMs,
  )

  test(
    '[P5] without Redis people still register, sign in, and begin to talk',
    async () => {
      await world.server.redis.stop()
      try {
        const { alice, bob } = await world.people('alice', 'bob')
        const message = await alice.says('hello', bob)
        await observed(
          bob.device.client.conversations.one(message.conversationId),
          (view) => view !== null,
          'the other one learns of it',
          hintWithinMs,
        )
      } finally {
        await world.server.redis.start()
      }
    },
    4 * patienceMs,
  )

  test(
    '[P5] [MEM-2] who is removed while one node hears nothing is told nothing by it',
    async () => {
      const { alice, carol, conversationId, devices } = await acrossNodes()
      const [, , onThird] = devices
      const [, , deaf] = world.server.nodes
      deaf?.toRedis.cut()
      try {
        await alice.does('removeMember', { conversationId, userId: carol.id })
        const message = await send(alice, conversationId, 'among ourselves')
        await allRead(devices.slice(0, 2), conversationId, 'among ourselves')
        await observed(
          onThird.client.conversations.one(conversationId),
          (view) => view === null,
          'the removed one lets go',
          hintWithinMs,
        )
        const held = await onThird.cache.messages(conversationId, null, 100)
        expect(held.map(({ id }) => id)).not.toContain(message.id)
      } finally {
        deaf?.toRedis.heal()
      }
    },
    4 * patienceMs,
  )

  test(
    '[SEC-6] a session ended on one node is over on all, also without Redis',
    async () => {
      const { alice } = await world.accounts('alice')
      const [here, there] = world.server.nodes
      if (here === undefined || there === undefined) throw new Error('there are no nodes')
      await world.server.redis.stop()
      try {
        const { username, password } = alice
        const phone = await askHttp(here.url, 'login', { username, password, tokens: 'body' })
        if (!phone.ok) throw new Error('the phone cannot sign in')
        const { accessToken, session } = phone.output
        const socket = await openSocket(here.url, accessToken)
        expect(await askHttp(here.url, 'getMe', {}, accessToken)).toMatchObject({ ok: true })
        expect(await askHttp(there.url, 'endSession', { sessionId: session.id }, alice.token)).toMatchObject({
          ok: true,
        })
        for (const { url } of world.server.nodes)
          await eventually(
            async () => ((await askHttp(url, 'getMe', {}, accessToken)).ok ? undefined : true),
            'the token is refused on every node',
            patienceMs,
          )
        await eventually(
          () => (socket.socket.disconnected ? true : undefined),
          'the socket is closed',
          patienceMs,
        )
        expect(socket.heard.map(({ name }) => name)).toContain('session_ended')
      } finally {
        await world.server.redis.start()
      }
    },
    4 * patienceMs,
  )

  test(
    '[PRES-1] a node that dies leaves nobody online',
    async () => {
      const { alice, bob } = await world.accounts('alice', 'bob')
      await directOf(alice, bob)
      const watcher = await onNode(alice, 0)
      const ghost = await onNode(bob, 1)
      const status = () => watcher.client.presence.of(bob.id).get()?.status
      const stop = watcher.client.presence.of(bob.id).subscribe(() => undefined)
      await eventually(() => (status() === 'online' ? true : undefined), 'bob is seen')
      const [, doomed] = world.server.nodes
      await doomed?.kill()
      // It tries the node that is gone, and nobody else.
      await eventually(() => (status() === 'offline' ? true : undefined), 'bob is seen leaving', patienceMs)
      stop()
      await ghost.stop()
      await doomed?.restart()
      await world.server.served()
    },
    4 * patienceMs,
  )
})
