// P3: one order. Whoever sends, through whatever network, every device of every member shows the same log.
import { expect, test } from 'vitest'
import type { Message } from '@palabre/protocol'
import { groupOf, range, textTo, textsOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { createRandom, givenSeed } from '../kit/random.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const seed = givenSeed()

onEachStore(`on %s, SEED=${seed}`, (store) => {
  const world = useWorld(store)

  test('[P3] [P4] three people on fast and slow networks talk at once: all devices show one order', async () => {
    const random = createRandom(seed)
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    const slow = await world.network()
    const tablet = await bob.opens({ network: slow })
    const devices = [alice.device, bob.device, carol.device, tablet]
    await Promise.all(devices.map((device) => device.joins(conversationId)))
    slow.slow(30)
    const each = 15
    await Promise.all(
      devices.map(async (device, i) => {
        for (const n of range(1, each)) {
          await device.writes(`device ${i}, message ${n}`, conversationId)
          if (random.chance(0.2)) await new Promise((done) => setImmediate(done))
        }
      }),
    )
    for (const device of devices) {
      await observed(device.client.waiting, (waiting) => waiting === 0, 'all sent')
      await observed(
        device.client.messages.timeline(conversationId),
        ({ messages }) => messages.filter(({ isPending }) => !isPending).length === devices.length * each + 1,
        'all there',
      )
    }
    const histories = await Promise.all(devices.map((device) => device.history(conversationId)))
    const [first = []] = histories
    for (const history of histories) expect(history).toEqual(first)
    expect(first.map(({ seq }) => seq)).toEqual(range(1, devices.length * each + 1))
    // Each device's own messages are in the order in which they were written.
    for (const i of devices.keys()) {
      const own = textsOf(first).filter((text) => text.startsWith(`device ${i},`))
      expect(own).toEqual(range(1, each).map((n) => `device ${i}, message ${n}`))
    }
  })

  test('[P3] what is said at once is told to every socket in the order of the log', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    const listener = await carol.socket()
    const sockets = await Promise.all([alice.socket(), bob.socket()])
    const each = 40
    await Promise.all(
      sockets.flatMap((socket) =>
        range(1, each).map((n) => socket.ask('sendMessage', textTo(conversationId, `message ${n}`))),
      ),
    )
    const told = () =>
      listener.heard.flatMap(({ name, data }) =>
        name === 'receive_message' ? [(data as { message: Message }).message.seq] : [],
      )
    await eventually(
      () => (told().length >= sockets.length * each ? true : undefined),
      () => `all told; heard: ${told().join(' ')}`,
    )
    expect(told()).toEqual(range(2, sockets.length * each + 1))
  })
})
