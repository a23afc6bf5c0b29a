// Three nodes on one MongoDB database and one Redis, behind a balancer, under load: one of them is killed, all of them are
// restarted in turn. What is acknowledged is there once, in one order, for everybody.
import { expect, test } from 'vitest'
import type { ConnectionState } from '@palabre/client'
import type { ConversationId } from '@palabre/protocol'
import type { Device } from '../kit/device.ts'
import { groupOf, range, seqsOf, textsOf, textTo } from '../kit/make.ts'
import type { Person } from '../kit/people.ts'
import { eventually, observed } from '../kit/wait.ts'
import { onThreeNodes } from '../kit/on-stores.ts'
import { useNodes } from '../kit/world.ts'

onThreeNodes(() => {
  const world = useNodes()
  /** Sending, losing a node, and sending all that waited. */
  const patienceMs = 60_000
  const written = 25

  /** Everybody's devices write at once; `meanwhile` happens when a third is acknowledged. Answers what was written. */
  async function talk(
    devices: readonly Device[],
    conversationId: ConversationId,
    meanwhile: () => Promise<void>,
  ): Promise<string[]> {
    let acknowledged = 0
    let isBegun = false
    let happened = Promise.resolve()
    const texts = await Promise.all(
      devices.map(async (device, number) => {
        const mine = range(1, written).map((n) => `device ${number} message ${n}`)
        for (const text of mine) {
          await device.writes(text, conversationId)
          await observed(device.client.waiting, (waiting) => waiting < 3, 'little waits', patienceMs)
          acknowledged += 1
          if (isBegun || acknowledged < (devices.length * written) / 3) continue
          isBegun = true
          happened = meanwhile()
        }
        return mine
      }),
    )
    await happened
    for (const { client } of devices)
      await observed(client.waiting, (waiting) => waiting === 0, 'nothing waits', patienceMs)
    return texts.flat()
  }

  /** All hold every text once, in one order without a hole, each device's in the order of writing. */
  async function agreeOn(
    devices: readonly Device[],
    conversationId: ConversationId,
    texts: readonly string[],
  ) {
    const [first, ...others] = await Promise.all(
      devices.map(async (device) => {
        for (const text of texts) await device.reads(conversationId, text)
        return device.history(conversationId)
      }),
    )
    if (first === undefined) throw new Error('nobody is there')
    expect(seqsOf(first)).toEqual(range(1, texts.length + 1))
    expect(textsOf(first).sort()).toEqual([...texts].sort())
    for (const other of others) expect(other).toEqual(first)
    for (const [number] of devices.entries()) {
      const of = `device ${number} `
      expect(textsOf(first).filter((text) => text.startsWith(of))).toEqual(
        texts.filter((text) => text.startsWith(of)),
      )
    }
  }

  async function crowd(): Promise<{ people: Person[]; devices: Device[]; conversationId: ConversationId }> {
    const people = Object.values<Person>(await world.people('alice', 'bob', 'carol'))
    const [alice, ...others] = people as [Person, ...Person[]]
    const conversationId = await groupOf(alice, ...others)
    await Promise.all(people.map((person) => person.opens()))
    const devices = people.flatMap((person) => person.devices)
    await Promise.all(devices.map((device) => device.joins(conversationId)))
    return { people, devices, conversationId }
  }

  /** Every state of a device's connection from now on. */
  function statesOf({ client }: Device): ConnectionState[] {
    const states: ConnectionState[] = []
    client.connection.subscribe(() => states.push(client.connection.get()))
    return states
  }

  test(
    '[P1] [P2] [P3] [P4] [LOG-3] a node killed in the middle loses nothing: all is there once, in one order, for everybody',
    async () => {
      const { people, devices, conversationId } = await crowd()
      const [doomed] = world.server.nodes
      const [alice] = people
      if (doomed === undefined || alice === undefined) throw new Error('nobody is there')
      // A script without a socket, through the balancer: the same id until it is answered.
      const script = textTo(conversationId, 'from a script')
      const texts = await talk(devices, conversationId, async () => {
        await doomed.kill()
        await eventually(
          async () => {
            const answer = await alice.ask('sendMessage', script).catch(() => null)
            return answer?.ok === true ? true : undefined
          },
          'the script is answered',
          patienceMs,
        )
      })
      await agreeOn(devices, conversationId, [...texts, 'from a script'])
      await doomed.restart()
      await world.server.served()
    },
    3 * patienceMs,
  )

  test(
    '[CON-3] [P1] [P2] all nodes restarted in turn under load: nothing is lost, and whoever is told goes elsewhere',
    async () => {
      const { devices, conversationId } = await crowd()
      const states = devices.map(statesOf)
      const texts = await talk(devices, conversationId, () => world.server.rollingRestart())
      await agreeOn(devices, conversationId, texts)
      const waits = states.map((all) => all.flatMap((state) => (state.name === 'waiting' ? [state] : [])))
      // Two nodes were there all the time: nobody had to try more often than its luck in a node that is just going.
      for (const attempt of waits.flat().map((state) => state.attempt)) expect(attempt).toBeLessThanOrEqual(3)
      expect(waits.flat().some(({ because }) => because === 'SERVER_DRAINING')).toBe(true)
    },
    3 * patienceMs,
  )

  test(
    '[CON-3] who is told that a node drains is on another one while it is away',
    async () => {
      const { alice, bob } = await world.people('alice', 'bob')
      const first = await alice.says('before', bob)
      const states = statesOf(alice.device)
      const wasTold = () =>
        states.some((state) => state.name === 'waiting' && state.because === 'SERVER_DRAINING')
      let away: (typeof world.server.nodes)[number] | undefined
      // Wherever it is: one of the three has it.
      for (const node of world.server.nodes) {
        await node.drain()
        const others = world.server.nodes.filter((other) => other !== node)
        await world.server.balancer.serves(...others.map(({ name }) => name))
        await alice.device.online()
        if (wasTold()) {
          away = node
          break
        }
        await node.restart()
        await world.server.served()
      }
      expect(wasTold()).toBe(true)
      const message = await bob.says('from elsewhere', alice)
      await alice.sees(first.conversationId, message.id)
      await away?.restart()
      await world.server.served()
    },
    3 * patienceMs,
  )
})
