// Self-repair through the SDK: a cache that was damaged on purpose is the server's history again, is told of, and
// counted; what others may not see is in no digest.
import { expect, test } from 'vitest'
import { digestOfAll, limits, type ConversationId, type Message } from '@palabre/protocol'
import type { Device } from '../kit/device.ts'
import { groupOf, newMessageId, range, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { repairsOf } from '../kit/repairs.ts'
import { tabsOf } from '../kit/tabs.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

/** What a cache holds of a conversation, altered. */
type Damage = (held: Message[]) => Message[]

const at = (seq: number, alter: (message: Message) => Message | null) => (held: Message[]) =>
  held.flatMap((message) => (message.seq === seq ? (alter(message) ?? []) : message))
const lose = (seq: number): Damage => at(seq, () => null)
const age = (seq: number): Damage => at(seq, (message) => ({ ...message, rev: message.rev - 1 }))
const advance = (seq: number): Damage => at(seq, (message) => ({ ...message, rev: message.rev + 1_000 }))
const swap: (seq: number) => Damage = (seq) => (held) => {
  const [one, next] = [held.find((each) => each.seq === seq), held.find((each) => each.seq === seq + 1)]
  if (!one || !next) throw new Error('nothing to swap')
  return at(seq + 1, (message) => ({ ...message, id: one.id }))(
    at(seq, (message) => ({ ...message, id: next.id }))(held),
  )
}
const add: Damage = (held) => {
  const last = held.at(-1)
  if (!last) throw new Error('nothing is held')
  return [...held, { ...last, id: newMessageId(), seq: last.seq + 1 }]
}

onEachStore('on %s', { isLong: true, timeout: 180_000 }, (store) => {
  const world = useWorld(store)

  async function sendMany(person: Person, id: ConversationId, count: number): Promise<void> {
    for (let sent = 0; sent < count; sent += 50) {
      const some = range(sent + 1, Math.min(count, sent + 50))
      await Promise.all(some.map((n) => send(person, id, `message ${n}`)))
    }
  }

  /** As if the browser's disk had done it, while the page is closed. */
  async function damage(device: Device, id: ConversationId, ...damages: Damage[]): Promise<void> {
    world.spoils()
    await device.stop()
    const held = await device.cache.messages(id, null, 10_000)
    const messages = damages.reduce((spoiled, spoil) => spoil(spoiled), held)
    await device.cache.write({ dropMessagesOf: [id], messages })
    await device.start()
  }

  async function verified(device: Device, id: ConversationId): Promise<number> {
    const state = await observed(
      device.client.conversations.history(id),
      ({ name }) => name === 'verified' || name === 'unverified',
      'the history is verified',
    )
    if (state.name !== 'verified') throw new Error(`the history is ${state.name}`)
    return state.repaired
  }

  async function inLog(person: Person, id: ConversationId): Promise<Message[]> {
    const found: Message[] = []
    for (let after = 0; ;) {
      const page = await person.does('listMessages', { conversationId: id, after, limit: limits.page })
      found.push(...page.messages)
      if (!page.hasAfter) return found
      after = found.at(-1)?.seq ?? 0
    }
  }

  const repairs = () => repairsOf(world.server)

  test('[DIG-4] a damaged cache is mended, whatever is wrong and wherever; counted, and shown', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await groupOf(alice, bob)
    await sendMany(alice, id, 620)
    const { device } = bob
    // With the group's first line.
    await eventually(
      async () => ((await device.history(id)).length === 621 ? true : undefined),
      'all that was said',
    )
    expect(await verified(device, id)).toBe(0)
    const right = await inLog(bob, id)
    const before = await repairs()
    let counted = 0

    const cases: [Damage[], number][] = [
      // In the window that is read at start, in the middle block, in the first one.
      [[lose(600)], 1],
      [[lose(300), age(301)], 2],
      // At the edges of blocks, and at both ends.
      [[age(256), advance(257), lose(512), lose(513)], 4],
      [[lose(621)], 1],
      [[lose(2), swap(254)], 3],
      // A window that begins later is no damage: what is older is fetched when one scrolls there.
      [[lose(1)], 0],
      [[swap(256), advance(621)], 3],
      // The cache begins anew then.
      [[add], 1],
    ]
    for (const [index, [damages, count]] of cases.entries()) {
      await damage(device, id, ...damages)
      expect(await verified(device, id), `case ${index}`).toBe(count)
      counted += count
      expect(await device.history(id)).toEqual(right)
      await device.stop()
      const cached = await device.cache.messages(id, null, 10_000)
      expect(cached).toEqual(right.slice(-cached.length))
      await device.start()
      expect(await verified(device, id)).toBe(0)
      expect(await device.history(id)).toEqual(right)
    }
    expect((await repairs()) - before).toBe(counted)
  })

  test('[DIG-4] what waits in the outbox and drafts stay as they are', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await groupOf(alice, bob)
    await sendMany(alice, id, 60)
    await bob.device.reads(id, 'message 60')
    await bob.device.history(id)
    bob.device.setOnline(false)
    bob.device.client.conversations.setDraft(id, 'a thought')
    const waiting = await bob.device.writes('still to be sent', id)
    await damage(bob.device, id, lose(30), age(40))
    bob.device.setOnline(true)
    expect(await verified(bob.device, id)).toBe(2)
    const sent = await bob.device.sees(id, waiting)
    expect(sent.seq).toBe(62)
    expect(bob.device.client.conversations.one(id).get()?.draft).toBe('a thought')
    expect(await bob.device.history(id)).toEqual(await inLog(bob, id))
  })

  test('[DIG-4] edits, deletions and messages during the comparison are not taken for damage', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await groupOf(alice, bob)
    await sendMany(alice, id, 300)
    await bob.device.history(id)
    const before = await repairs()
    let isOver = false
    const busy = (async () => {
      for (let n = 0; !isOver; n++) {
        const message = await send(alice, id, `busy ${n}`)
        await alice.does('react', { conversationId: id, id: message.id, emoji: '👍' })
        if (n % 3 === 0) await alice.does('deleteMessage', { conversationId: id, id: message.id })
        const old = (await inLog(alice, id))[n % 200]
        if (old?.kind === 'text')
          await alice.does('react', { conversationId: id, id: old.id, emoji: n % 2 ? '🎉' : '👍' })
      }
    })()
    for (let look = 0; look < 10; look++) {
      const history = bob.device.client.conversations.history(id)
      const stop = history.subscribe(() => undefined)
      await observed(history, ({ name }) => name !== 'checking', 'a comparison has ended')
      stop()
    }
    isOver = true
    await busy
    expect(await verified(bob.device, id)).toBe(0)
    expect(await repairs()).toBe(before)
    expect(await bob.device.history(id)).toEqual(await inLog(bob, id))
  })

  test('[DIG-4] [TAB-1] a tab that follows verifies what it shows, and hears of what the leader mends', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const id = await groupOf(alice, bob)
    await sendMany(alice, id, 60)
    const tabs = tabsOf(bob)
    const leader = await tabs.opens()
    await leader.history(id)
    const [held] = await tabs.cache.messages(id, 31, 1)
    await leader.stop()
    world.spoils()
    const messages = (await tabs.cache.messages(id, null, 100)).filter(({ seq }) => seq !== held?.seq)
    await tabs.cache.write({ dropMessagesOf: [id], messages })
    const next = await tabs.opens()
    const follower = await tabs.opens()
    expect(follower.client.tabs.role.get()).toBe('follower')
    expect(await verified(next, id)).toBe(1)
    expect(await verified(follower, id)).toBe(0)
    for (const device of [next, follower]) expect(await device.history(id)).toEqual(await inLog(bob, id))
  })

  test('[DIG-3] [SYNC-8] who joined late learns digests of what they may see, and no others', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const id = await groupOf(alice, bob)
    await sendMany(alice, id, 290)
    await alice.does('addMembers', { conversationId: id, userIds: [carol.id] })
    await sendMany(alice, id, 300)
    const visible = await inLog(carol, id)
    expect(visible[0]?.seq).toBe(292)
    const { blocks, hasBefore, rev, lastSeq } = await carol.does('getDigests', {
      conversationId: id,
      from: 1,
    })
    expect({ rev, lastSeq, hasBefore }).toEqual({ rev: 592, lastSeq: 592, hasBefore: false })
    expect(blocks.map(({ from, to }) => [from, to])).toEqual([
      [292, 512],
      [513, 592],
    ])
    expect(blocks[0]?.digest).toBe(digestOfAll(visible.slice(0, 221)))
    const below = await carol.does('getDigests', { conversationId: id, from: 1, before: 292 })
    expect(below.blocks).toEqual([])
    const part = await bob.does('getDigests', { conversationId: id, from: 250, before: 260 })
    expect(part.blocks.map((block) => [block.from, block.to])).toEqual([
      [250, 256],
      [257, 259],
    ])

    await carol.device.history(id)
    await damage(carol.device, id, lose(292), age(512))
    expect(await verified(carol.device, id)).toBe(1)
    expect(await carol.device.history(id)).toEqual(visible)
  })

  test('[DIG-3] what one reports is counted once, and bounded', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await groupOf(alice, bob)
    const before = await repairs()
    world.spoils()
    const report = { conversationId: id, from: 1, repaired: 3 }
    expect(await alice.does('getDigests', report)).toMatchObject({ repaired: 3 })
    expect((await repairs()) - before).toBe(3)
    expect(await alice.refusal('getDigests', { ...report, repaired: 1e9 })).toBe('INVALID')
    expect((await repairs()) - before).toBe(3)
  })
})
