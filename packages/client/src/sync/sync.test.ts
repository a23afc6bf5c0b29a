// Proves sync.ts and replica.ts together, over a cache in memory and a model of the server's log: what comes in
// whatever way, the device ends level with the log, in memory and in the cache.
import { limits, PalabreError, type EventName, type InputOf, type Output, type User } from '@palabre/protocol'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { memoryCache } from '../cache/memory.ts'
import type { Call } from '../connection/connection.ts'
import { alice, bob, conversationId, createModelLog, type Step } from './kit/model-log.ts'
import { createReplica } from './replica.ts'
import { createSync } from './sync.ts'
import type { Change } from './timeline.ts'

const me: User = { id: alice, username: 'alice', displayName: 'Alice', about: '', avatarId: null, rev: 1 }
const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 2 })

async function device(log = createModelLog(), cache = memoryCache()) {
  const replica = createReplica()
  await replica.open(me, cache)
  const questions: InputOf<'sync'>[] = []
  const server = {
    epoch: 'first',
    isMember: true,
    answersAfter: Promise.resolve(),
    refusals: [] as PalabreError[],
    profiles: [] as User[],
  }
  const onSynced = vi.fn()
  const onEpoch = vi.fn()
  const seen: number[] = []

  async function answer(input: InputOf<'sync'>): Promise<Output<'sync'>> {
    questions.push(input)
    const isAsked = !input.only || input.only.includes(conversationId)
    const cursor = input.epoch === server.epoch ? (input.conversations[conversationId] ?? null) : null
    const delta = isAsked && server.isMember && cursor !== log.head ? log.delta(cursor) : null
    const isNamed = conversationId in input.conversations
    await server.answersAfter
    const refusal = server.refusals.shift()
    if (refusal) throw refusal
    return {
      epoch: server.epoch,
      now: 0,
      conversations: delta ? [delta] : [],
      removed: isNamed && !server.isMember ? [conversationId] : [],
      marks: {},
      account: { rev: 0, entries: [], reset: false },
      profiles: { rev: 0, users: server.profiles },
      more: false,
    }
  }

  const sync = createSync({
    replica,
    call: ((_name: string, input: InputOf<'sync'>) => answer(input)) as unknown as Call,
    isConnected: () => true,
    onDead: vi.fn(),
    onSynced,
    onEpoch,
    onSeen: (messages) => void seen.push(...messages.map((message) => message.seq)),
    onEphemeral: () => undefined,
    random: () => 0,
  })

  return {
    log,
    cache,
    replica,
    sync,
    questions,
    server,
    onEpoch,
    timeline: () => replica.timelines.get(conversationId),
    async connects() {
      const before = onSynced.mock.calls.length
      sync.connected()
      await until(() => expect(onSynced.mock.calls.length).toBe(before + 1))
    },
    hears(change: Change) {
      const name: EventName =
        change.message?.rev === change.message?.bodyRev ? 'receive_message' : 'message_updated'
      sync.hear(name, { conversationId, ...change })
    },
    isLevel() {
      const held = replica.timelines.get(conversationId)
      expect(held?.cursor).toBe(log.head)
      expect(held?.messages).toEqual(log.messages().slice(-(held?.messages.length ?? 0)))
    },
    async isCached() {
      await replica.inCache(async (opened) => {
        const { conversations } = await opened.read()
        expect(conversations[0]?.cursor).toBe(log.head)
        const messages = await opened.messages(conversationId, null, 500)
        expect(messages).toEqual(log.messages().slice(-messages.length))
      })
    },
    stop: () => sync.disconnected(),
  }
}

function spoken(count: number) {
  const log = createModelLog()
  for (let n = 0; n < count; n++) log.append(n % 2 ? alice : bob)
  return log
}

describe('gaps', () => {
  test('[SYNC-3] a missing event is waited for, then only that conversation is asked for', async () => {
    const phone = await device(spoken(3))
    await phone.connects()
    phone.log.append(bob)
    phone.log.append(bob)
    phone.hears(phone.log.events().at(-1) as Change)
    expect(phone.timeline()?.cursor).toBe(3)
    await until(phone.isLevel)
    expect(phone.questions).toHaveLength(2)
    expect(phone.questions[1]).toMatchObject({
      only: [conversationId],
      conversations: { [conversationId]: 3 },
    })
    phone.stop()
  })

  test('[SYNC-3] a straggler closes the gap without a question', async () => {
    const phone = await device(spoken(3))
    await phone.connects()
    phone.log.append(bob)
    phone.log.append(bob)
    for (const event of phone.log.events().slice(-2).reverse()) phone.hears(event)
    phone.isLevel()
    expect(phone.questions).toHaveLength(1)
    phone.stop()
  })

  test('[SYNC-9] a hint that the head is further on leads to a question', async () => {
    const phone = await device(spoken(2))
    await phone.connects()
    phone.log.append(bob)
    phone.sync.hear('sync_hint', { heads: { [conversationId]: phone.log.head } })
    await until(phone.isLevel)
    phone.stop()
  })

  test('[SYNC-9] a hint without heads leads to one whole question, soon', async () => {
    const phone = await device(spoken(2))
    await phone.connects()
    const before = phone.questions.length
    vi.useFakeTimers()
    try {
      phone.log.append(bob)
      phone.sync.hear('sync_hint', { heads: {} })
      await vi.advanceTimersByTimeAsync(limits.syncSpreadMs)
    } finally {
      vi.useRealTimers()
    }
    await until(phone.isLevel)
    expect(phone.questions).toHaveLength(before + 1)
    expect(phone.questions.at(-1)).not.toHaveProperty('only')
    phone.stop()
  })
})

describe('without a gap to see', () => {
  test('[SYNC-9] everything is asked for at least every ten minutes, give or take, as long as there is a connection', async () => {
    const phone = await device(spoken(2))
    await phone.connects()
    vi.useFakeTimers()
    try {
      // The chance of this device is the lowest: three quarters of the time.
      phone.sync.connected()
      await vi.advanceTimersByTimeAsync(1)
      const before = phone.questions.length
      phone.log.append(bob)
      await vi.advanceTimersByTimeAsync(limits.syncEveryMs * 0.74)
      expect(phone.questions).toHaveLength(before)
      await vi.advanceTimersByTimeAsync(limits.syncEveryMs * 0.02)
      phone.isLevel()
      expect(phone.questions).toHaveLength(before + 1)
      expect(phone.questions.at(-1)).not.toHaveProperty('only')
      await vi.advanceTimersByTimeAsync(limits.syncEveryMs * 0.75)
      expect(phone.questions).toHaveLength(before + 2)
      phone.stop()
      await vi.advanceTimersByTimeAsync(limits.syncEveryMs * 2)
      expect(phone.questions).toHaveLength(before + 2)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('while an answer is on its way', () => {
  test('[SYNC-4] events, acks and removals are held back, then applied in order', async () => {
    const phone = await device(spoken(2))
    await phone.connects()
    let arrives: () => void = () => undefined
    phone.server.answersAfter = new Promise((resolve) => (arrives = resolve))
    const asked = phone.sync.request('whole')
    phone.log.append(bob)
    const mine = phone.log.append(alice)
    phone.hears(phone.log.events()[2] as Change)
    phone.sync.acked(mine)
    expect(phone.timeline()?.cursor).toBe(2)
    arrives()
    await asked
    await until(phone.isLevel)
    expect(phone.questions).toHaveLength(2)

    phone.server.answersAfter = new Promise((resolve) => (arrives = resolve))
    const again = phone.sync.request('whole')
    phone.sync.hear('conversation_removed', { conversationId })
    expect(phone.timeline()).toBeDefined()
    arrives()
    await again
    await until(() => expect(phone.timeline()).toBeUndefined())
    phone.stop()
  })

  test('a passing refusal is asked again', async () => {
    const phone = await device(spoken(2))
    phone.server.refusals.push(new PalabreError('RATE_LIMITED', { retryAfterMs: 1 }))
    await phone.connects()
    phone.isLevel()
    phone.stop()
  })
})

describe('starting over', () => {
  test('[SYNC-7] another epoch: the cache is dropped, the draft is not, and everything comes anew', async () => {
    const phone = await device(spoken(5))
    await phone.connects()
    phone.replica.setDraft(conversationId, 'half a sentence')
    phone.server.epoch = 'restored'
    await phone.connects()
    expect(phone.onEpoch).toHaveBeenCalledOnce()
    expect(phone.replica.meta.epoch).toBe('restored')
    expect(phone.replica.drafts.get(conversationId)).toBe('half a sentence')
    phone.isLevel()
    await phone.isCached()
    phone.stop()
  })

  test('[SYNC-7] another epoch: what one is called is what the server says, also where that is older', async () => {
    const phone = await device(spoken(1))
    await phone.connects()
    phone.replica.setMe({ ...me, rev: 9, displayName: 'Alice Renamed' })
    phone.server.epoch = 'restored'
    phone.server.profiles = [me]
    await phone.connects()
    expect(phone.replica.me()).toEqual(me)
    expect(phone.replica.users.get(alice)).toEqual(me)
    phone.stop()
  })

  test('[MEM-2] [SYNC-6] who is no member any more drops the conversation', async () => {
    const phone = await device(spoken(5))
    await phone.connects()
    phone.server.isMember = false
    await phone.connects()
    expect(phone.timeline()).toBeUndefined()
    phone.stop()
  })

  test('[MEM-3] added again: what was held is dropped, and asked for without its cursor', async () => {
    const phone = await device(spoken(5))
    await phone.connects()
    const again = phone.log.conversation()
    phone.sync.hear('conversation_added', { conversation: { ...again, me: { ...again.me, joinedRev: 6 } } })
    await until(() => expect(phone.questions).toHaveLength(2))
    expect(phone.questions[1]).toMatchObject({ only: [conversationId], conversations: {} })
    await until(phone.isLevel)
    phone.stop()
  })

  test('[SYNC-2] a device that is stopped at any time starts with what its cursor says', async () => {
    const cache = memoryCache()
    const first = await device(spoken(4), cache)
    await first.connects()
    first.log.append(bob)
    first.hears(first.log.events().at(-1) as Change)
    first.stop()
    await first.replica.close('keep')
    const second = await device(first.log, cache)
    second.isLevel()
    second.log.append(bob)
    await second.connects()
    expect(second.questions[0]).toMatchObject({ epoch: 'first', conversations: { [conversationId]: 5 } })
    second.isLevel()
    await second.isCached()
    second.stop()
  })
})

test('[P4] whatever comes, in whatever order, between any two syncs: level, in memory and in the cache', async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ do: fc.constant('append' as const), by: fc.constantFrom('alice' as const, 'bob' as const) }),
    fc.record({ do: fc.constantFrom('edit' as const, 'delete' as const, 'react' as const), at: fc.nat(80) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 80 }),
      fc.array(step, { maxLength: 40 }),
      fc.array(fc.nat(200), { maxLength: 60 }),
      async (size, steps, picks) => {
        const phone = await device(spoken(size))
        await phone.connects()
        for (const each of steps) phone.log.play(each)
        const events = phone.log.events()
        for (const pick of picks) phone.hears(events[pick % events.length] as Change)
        await phone.sync.request('whole')
        phone.isLevel()
        await phone.isCached()
        phone.stop()
      },
    ),
    { numRuns: 60 },
  )
})
