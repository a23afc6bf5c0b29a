// What coming back costs a device with many conversations or with a long absence: questions, bytes, and what it
// has before it has everything (SYNC-5, SYNC-6).
import { expect, test } from 'vitest'
import { limits, marksSum, type ConversationId, type InputOf } from '@palabre/protocol'
import type { Device } from '../kit/device.ts'
import { directOf, groupOf, range, send, seqsOf, textTo } from '../kit/make.ts'
import type { Network } from '../kit/links/network.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

/** What "under 60 kB" means, both ways, with the handshake and its token. */
const budgetBytes = 60_000
/** A conversation that changed by one message, whole: header, members, the message and marks. */
const deltaBytes = 3_000
const atOnce = 50
/** Thousands of conversations take their time to make. */
const longMs = 180_000
/** More than one question names. MongoDB takes ten times as long to make them. */
const many = { sqlite: 2_500, mongo: 1_100 }

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  async function groupsOf(count: number, owner: Person, ...members: Person[]): Promise<ConversationId[]> {
    const ids: ConversationId[] = []
    for (let made = 0; made < count; made += atOnce) {
      const some = range(1, Math.min(atOnce, count - made))
      ids.push(...(await Promise.all(some.map(() => groupOf(owner, ...members)))))
    }
    return ids
  }

  /** A sum or count of the server's metrics. */
  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${world.server.url}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(name))
    return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1))
  }
  const questions = () => metric('palabre_operation_seconds_count{operation="sync",outcome="ok"}')
  const pages = () => metric('palabre_operation_seconds_count{operation="listMessages",outcome="ok"}')
  const caughtUp = () => metric('palabre_catch_up_messages_sum')

  const holds = (device: Device, count: number) =>
    observed(
      device.client.conversations.list,
      ({ conversations }) => conversations.length === count,
      `${count} conversations`,
      longMs,
    )

  /** Cuts the device off, lets `meanwhile` happen, and tells what its coming back cost. */
  async function comesBack(device: Device, network: Network, meanwhile: () => Promise<unknown>) {
    network.cut()
    await observed(device.client.connection, ({ name }) => name !== 'online', 'cut off')
    await meanwhile()
    const before = { ...network.traffic(), questions: await questions(), messages: await caughtUp() }
    network.heal()
    device.setOnline(false)
    device.setOnline(true)
    await device.online()
    const { sent, received } = network.traffic()
    return {
      bytes: sent + received - before.sent - before.received,
      questions: (await questions()) - before.questions,
      messages: (await caughtUp()) - before.messages,
    }
  }

  test(
    '[SYNC-6] a thousand conversations with nothing new: one question, under 60 kB',
    async () => {
      const { alice, bob } = await world.accounts('alice', 'bob')
      const ids = await groupsOf(1_000, bob, alice)
      const network = await world.network()
      const phone = await alice.opens({ network })
      await holds(phone, ids.length)
      const nothing = await comesBack(phone, network, async () => undefined)
      expect(nothing).toMatchObject({ questions: 1, messages: 0 })
      expect(nothing.bytes).toBeLessThan(budgetBytes)

      const changed = [...ids.slice(0, 5), ...ids.slice(-5)]
      const some = await comesBack(phone, network, () =>
        Promise.all(changed.map((id) => send(bob, id, 'news'))),
      )
      expect(some).toMatchObject({ questions: 1, messages: changed.length })
      expect(some.bytes).toBeLessThan(budgetBytes + changed.length * deltaBytes)
    },
    longMs,
  )

  test('[SYNC-6] marks come where they differ from those that are held, and for all to who tells none', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids = (await groupsOf(20, bob, alice)).sort()
    for (const id of ids) await send(alice, id, 'hello')
    const whole = await alice.does('sync', { conversations: {}, account: 0 })
    const revs = Object.fromEntries(
      whole.conversations.map(({ conversation, rev }) => [conversation.id, rev]),
    )
    const question: InputOf<'sync'> = { epoch: whole.epoch, conversations: revs, account: 0 }
    const sums = ids.map((id) => marksSum(whole.marks[id]!))
    const read = ids.slice(3, 5)
    for (const conversationId of read) await bob.does('markRead', { conversationId, seq: 2 })

    const all = await alice.does('sync', question)
    expect(Object.keys(all.marks).sort()).toEqual(ids)
    const differing = await alice.does('sync', { ...question, marks: sums })
    expect(Object.keys(differing.marks).sort()).toEqual(read)
    expect(differing.marks[read[0]!]?.others.readSeq).toBe(2)
    expect(differing.conversations).toEqual([])
    const ofAnotherLength = await alice.does('sync', { ...question, marks: sums.slice(1) })
    expect(Object.keys(ofAnotherLength.marks)).toHaveLength(ids.length)
    await bob.does('removeMember', { conversationId: ids[0]!, userId: alice.id })
    const without = await alice.does('sync', { ...question, marks: sums })
    expect(without.removed).toEqual([ids[0]])
    expect(without.marks).not.toHaveProperty(ids[0]!)
  })

  test(
    '[SYNC-6] more conversations than one question names: part by part, none missed, none kept',
    async () => {
      const { alice, bob } = await world.accounts('alice', 'bob')
      const ids = (await groupsOf(many[store], bob, alice)).sort()
      const network = await world.network()
      const phone = await alice.opens({ network })
      await holds(phone, ids.length)
      const parts = Math.ceil(ids.length / limits.syncConversations)
      const nothing = await comesBack(phone, network, async () => undefined)
      expect(nothing).toMatchObject({ questions: parts, messages: 0 })

      const left = [ids[0]!, ids[1_050]!, ids.at(-1)!]
      const changed = [ids[1]!, ids[999]!, ids[1_000]!, ids.at(-60)!, ids.at(-2)!]
      const added: ConversationId[] = []
      const back = await comesBack(phone, network, async () => {
        for (const conversationId of left)
          await bob.does('removeMember', { conversationId, userId: alice.id })
        for (const id of changed) await send(bob, id, 'news')
        added.push(await groupOf(bob, alice), await groupOf(bob, alice))
      })
      expect(back.questions).toBe(parts)
      const expected = [...ids.filter((id) => !left.includes(id)), ...added]
      const { conversations } = await holds(phone, expected.length)
      expect(conversations.map(({ conversation }) => conversation.id).sort()).toEqual(expected.sort())
      for (const id of changed) await phone.reads(id, 'news')
      // Compared with the list above: a fresh device would take as long again.
      await phone.stop()
    },
    longMs,
  )

  test(
    '[SYNC-5] ten thousand messages behind: the newest are there at once, the rest page by page',
    async () => {
      const { alice, bob } = await world.accounts('alice', 'bob')
      const id = await directOf(alice, bob)
      const network = await world.network()
      const phone = await alice.opens({ network })
      await phone.joins(id)
      const behind = 10_000
      const lastSeq = behind + 1
      const back = await comesBack(phone, network, async () => {
        const socket = await bob.socket()
        for (let from = 1; from <= behind; from += 250) {
          const some = range(from, from + 249)
          await Promise.all(some.map((n) => socket.ask('sendMessage', textTo(id, `message ${n}`))))
        }
      })
      expect(back).toMatchObject({ questions: 1, messages: limits.syncWindow })
      expect(back.bytes).toBeLessThan(budgetBytes)
      const timeline = phone.client.messages.timeline(id)
      const shown = () => timeline.get().messages.map(({ message }) => message)
      expect(seqsOf(shown())).toEqual(range(lastSeq - limits.syncWindow + 1, lastSeq))
      expect(timeline.get().hasBefore).toBe(true)
      expect(phone.client.conversations.one(id).get()?.unread).toBe(behind)

      const before = await pages()
      await phone.client.messages.loadBefore(id)
      expect(await pages()).toBe(before + 1)
      expect(shown().length).toBeGreaterThan(limits.syncWindow)
      await phone.client.messages.loadUntil(id, 1)
      expect(await pages()).toBeLessThanOrEqual(before + 1 + behind / limits.page)
      expect(seqsOf(shown())).toEqual(range(1, lastSeq))
      await eventually(
        () => (phone.client.conversations.one(id).get()?.unread === behind ? true : undefined),
        'all still unread',
      )
    },
    longMs,
  )
})
