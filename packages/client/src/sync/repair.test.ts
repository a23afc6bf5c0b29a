// Proves repair.ts over a real replica and a model of the server's log: what it does when a difference remains, when
// it cannot be told, and how much it asks for by itself.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  blockOf,
  digestOfAll,
  type BlockDigest,
  type ConversationId,
  type InputOf,
  type Message,
  type Output,
  type User,
} from '@palabre/protocol'
import type { Call } from '../connection/connection.ts'
import { memoryCache } from '../cache/memory.ts'
import { alice, bob, conversationId, createModelLog } from './kit/model-log.ts'
import { createRepair } from './repair.ts'
import { createReplica } from './replica.ts'
import { apply, applyDelta, type Timeline } from './timeline.ts'

const me: User = { id: alice, username: 'alice', displayName: 'Alice', about: '', avatarId: null, rev: 1 }
const minute = 60_000

function logOf(count: number) {
  const log = createModelLog()
  for (let n = 0; n < count; n++) log.append(n % 2 === 0 ? alice : bob)
  return log
}

function blocksOf(messages: readonly Message[]): BlockDigest[] {
  const blocks = new Map<number, Message[]>()
  for (const message of messages)
    blocks.set(blockOf(message.seq), [...(blocks.get(blockOf(message.seq)) ?? []), message])
  return [...blocks.values()].map((block) => ({
    from: block[0]!.seq,
    to: block.at(-1)!.seq,
    digest: digestOfAll(block),
  }))
}

/** A device that holds `held` of the log (or all), and a server that answers from it. */
async function device(log = logOf(600), held = log.messages()) {
  const replica = createReplica()
  await replica.open(me, memoryCache())
  const { timeline } = applyDelta(null, log.delta(null), alice)
  const set = (id: ConversationId, change: Partial<Timeline>) => {
    const conversation = { ...timeline.conversation, id }
    const next = { ...timeline, conversation, messages: held, hasBefore: false, ...change }
    const put = next.messages.map((message) => ({ ...message, conversationId: id }))
    replica.commit(new Map([[id, { timeline: next, put, below: [], isReset: true }]]))
  }
  set(conversationId, {})

  const asked: InputOf<'getDigests'>[] = []
  const restarts: ConversationId[] = []
  const caughtUp: ConversationId[] = []
  const server = {
    isConnected: true,
    digests: (from: number) => blocksOf(log.messages().filter((message) => message.seq >= from)),
    fetched: (messages: Message[]) => messages,
    beforeAnswer: () => undefined as unknown,
  }

  const answers = {
    getDigests(input: InputOf<'getDigests'>): Output<'getDigests'> {
      asked.push(input)
      server.beforeAnswer()
      const answer = { rev: log.head, lastSeq: log.lastSeq, hasBefore: false, repaired: input.repaired ?? 0 }
      return { ...answer, blocks: server.digests(input.from) }
    },
    listMessages({ after = 0, limit = 50 }: InputOf<'listMessages'>): Output<'listMessages'> {
      const found = server.fetched(log.messages().filter((message) => message.seq > after))
      const messages = found.slice(0, limit)
      return { messages, hasBefore: after > 0, hasAfter: found.length > limit }
    },
  }

  const repair = createRepair({
    engine: {
      replica,
      connection: {
        isConnected: () => server.isConnected,
        call: (async (name: keyof typeof answers, input: never) => answers[name](input)) as unknown as Call,
      },
      outbox: { seen: vi.fn() },
      sync: {
        async request(what) {
          if (what === 'whole') return
          const held = replica.timelines.get(conversationId) ?? null
          const isAnew = !held?.cursor
          if (isAnew) restarts.push(...what)
          else caughtUp.push(...what)
          const delta = log.delta(isAnew ? null : held.cursor)
          replica.commit(new Map([[conversationId, applyDelta(isAnew ? null : held, delta, alice)]]))
        },
      },
      remote: () => null,
      now: () => 1_000,
    },
    random: () => 0.5,
    onState: vi.fn(),
  })

  /** The last event reaches this device. */
  function hears() {
    const now = replica.timelines.get(conversationId)
    const event = log.events().at(-1)
    const applied = now && event ? apply(now, event, alice) : null
    if (applied?.outcome !== 'applied') throw new Error('not applied')
    replica.commit(new Map([[conversationId, applied]]))
  }

  return {
    log,
    replica,
    repair,
    asked,
    restarts,
    caughtUp,
    server,
    set,
    timeline: () => replica.timelines.get(conversationId),
    /** Something changes, and this device hears of it. */
    moves() {
      log.play({ do: 'react', at: 3 })
      hears()
    },
    hears,
    reported: () => asked.reduce((sum, { repaired = 0 }) => sum + repaired, 0),
    async looks() {
      repair.look(conversationId, true)
      await vi.advanceTimersByTimeAsync(minute)
      repair.look(conversationId, false)
      return repair.stateOf(conversationId)
    },
  }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('what one looks at', () => {
  test('[DIG-4] is compared, mended, compared again, and told', async () => {
    const log = logOf(600)
    const phone = await device(log, log.messages().toSpliced(300, 2))
    expect(await phone.looks()).toEqual({ name: 'verified', at: 1_000, repaired: 2 })
    expect(phone.timeline()?.messages).toEqual(log.messages())
    expect(phone.asked.map(({ repaired }) => repaired)).toEqual([undefined, 2])
    expect(phone.restarts).toEqual([])
    await phone.replica.inCache(async (cache) =>
      expect(await cache.messages(conversationId, null, 1_000)).toEqual(log.messages()),
    )
    // Nothing has changed since: nothing to ask.
    await phone.looks()
    expect(phone.asked).toHaveLength(2)
  })

  test('[DIG-4] starts over when the difference remains after fetching', async () => {
    const log = logOf(600)
    const phone = await device(log, log.messages().toSpliced(300, 2))
    phone.server.fetched = (messages) => messages.filter((message) => message.seq !== 301)
    expect(await phone.looks()).toMatchObject({ name: 'verified' })
    expect(phone.restarts).toEqual([conversationId])
    expect(phone.timeline()?.messages).toEqual(log.messages().slice(-50))
    expect(phone.reported()).toBeGreaterThan(0)
  })

  test('[DIG-4] starts over at once when nearly everything is wrong', async () => {
    const log = logOf(256 * 9 + 10)
    const phone = await device(
      log,
      log.messages().filter((message) => message.seq % 256 !== 5),
    )
    expect(await phone.looks()).toMatchObject({ name: 'verified' })
    expect(phone.restarts).toEqual([conversationId])
  })

  test('[DIG-4] is not mended, and not called verified, when the server’s digest is at fault', async () => {
    const phone = await device()
    const right = phone.timeline()
    phone.server.digests = (from) =>
      blocksOf(phone.log.messages().filter((message) => message.seq >= from)).map((block, index) => ({
        ...block,
        digest: index === 1 ? 1 : block.digest,
      }))
    expect(await phone.looks()).toEqual({ name: 'unverified', at: 1_000 })
    expect(phone.timeline()).toBe(right)
    expect([phone.reported(), phone.restarts]).toEqual([0, []])
  })

  test('[DIG-4] is compared again when it has moved meanwhile, and a difference of then means nothing', async () => {
    const phone = await device()
    phone.server.beforeAnswer = () => {
      phone.server.beforeAnswer = () => undefined
      // What is held was summed up before; this device hears of the change while the answer is on its way.
      phone.moves()
    }
    expect(await phone.looks()).toEqual({ name: 'verified', at: 1_000, repaired: 0 })
    expect(phone.asked).toHaveLength(2)
    expect([phone.reported(), phone.restarts]).toEqual([0, []])
  })

  test('[DIG-4] [SYNC-9] is asked for when the server is further, and nothing has come that would show a gap', async () => {
    const phone = await device()
    phone.log.play({ do: 'edit', at: 3 })
    phone.log.append(bob)
    expect(await phone.looks()).toEqual({ name: 'verified', at: 1_000, repaired: 0 })
    expect(phone.timeline()?.messages).toEqual(phone.log.messages())
    expect([phone.caughtUp, phone.restarts]).toEqual([[conversationId], []])
  })

  test('[DIG-4] what was on its way needs not be asked for', async () => {
    const phone = await device()
    phone.server.beforeAnswer = () => {
      phone.server.beforeAnswer = () => undefined
      phone.log.play({ do: 'react', at: 3 })
      setTimeout(phone.hears, 50)
    }
    expect(await phone.looks()).toEqual({ name: 'verified', at: 1_000, repaired: 0 })
    expect(phone.caughtUp).toEqual([])
  })

  test('[DIG-4] is not overwritten by what was fetched before it changed', async () => {
    const log = logOf(600)
    const phone = await device(log, log.messages().toSpliced(300, 1))
    phone.server.fetched = (messages) => {
      phone.server.fetched = (later) => later
      phone.moves()
      return messages
    }
    expect(await phone.looks()).toEqual({ name: 'verified', at: 1_000, repaired: 1 })
    expect(phone.timeline()?.messages).toEqual(log.messages())
    expect(phone.restarts).toEqual([])
  })

  test('[DIG-4] is left alone when the connection is another one by then', async () => {
    const log = logOf(600)
    const phone = await device(log, log.messages().toSpliced(300, 1))
    const before = phone.timeline()
    phone.server.beforeAnswer = () => phone.repair.stop()
    await phone.looks()
    expect(phone.timeline()).toBe(before)
  })

  test('[DIG-4] waits for the connection', async () => {
    const phone = await device()
    phone.server.isConnected = false
    expect(await phone.looks()).toBeNull()
    phone.repair.look(conversationId, true)
    phone.server.isConnected = true
    phone.repair.settled([], true)
    await vi.advanceTimersByTimeAsync(10)
    expect(phone.repair.stateOf(conversationId)).toMatchObject({ name: 'verified' })
  })
})

describe('by itself', () => {
  const ids = Array.from(
    { length: 1_000 },
    (_, n) => `0190aaaa-0000-7000-8000-${String(n + 10).padStart(12, '0')}` as ConversationId,
  )

  test('[DIG-4] a sync is followed by few questions, spread out; those that it changed come first', async () => {
    const phone = await device(logOf(20))
    for (const id of ids) phone.set(id, {})
    const changed = ids.slice(500, 505)
    phone.repair.settled(changed, true)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(phone.asked).toEqual([])
    await vi.advanceTimersByTimeAsync(minute)
    expect(phone.asked.slice(0, 5).map((input) => input.conversationId)).toEqual(changed)
    expect(phone.asked.length).toBeLessThan(20)
    await vi.advanceTimersByTimeAsync(60 * minute)
    expect(phone.asked).toHaveLength(40)
    expect(new Set(phone.asked.map((input) => input.conversationId)).size).toBe(40)
    phone.repair.settled([], true)
    await vi.advanceTimersByTimeAsync(60 * minute)
    expect(new Set(phone.asked.map((input) => input.conversationId)).size).toBe(80)
  })

  test('[DIG-4] what is verified and has not moved is not asked for again', async () => {
    const phone = await device(logOf(20))
    for (const id of ids.slice(0, 3)) phone.set(id, {})
    for (let round = 0; round < 3; round++) {
      phone.repair.settled(ids.slice(0, 2), true)
      await vi.advanceTimersByTimeAsync(10 * minute)
    }
    expect(phone.asked).toHaveLength(4)
  })

  test('[DIG-4] without a connection it stops', async () => {
    const phone = await device(logOf(20))
    for (const id of ids) phone.set(id, {})
    phone.repair.settled(ids, true)
    await vi.advanceTimersByTimeAsync(minute)
    const before = phone.asked.length
    phone.repair.stop()
    await vi.advanceTimersByTimeAsync(60 * minute)
    expect(phone.asked).toHaveLength(before)
  })
})
