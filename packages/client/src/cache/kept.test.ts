// Proves kept.ts over a disk that refuses, fills up, is taken away and comes back. Real IndexedDB failing in a real
// page is tests/e2e/storage.test.ts.
import type { ConversationId, MessageId, UserId } from '@palabre/protocol'
import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { alice, conversationId, createModelLog } from '../sync/kit/model-log.ts'
import { cacheContract } from './contract.ts'
import { createKeptCaches, type Disk, type Disks } from './kept.ts'
import { memoryCache } from './memory.ts'
import type { Cache, CacheWrite, OutboxEntry, StorageState } from './port.ts'

const error = (name: string) => Object.assign(new Error(name), { name })
/** Longer than any pause between two attempts. */
const aWhileMs = 60_000

/** What outlives a page, with the ways in which it may fail. */
function createDisks() {
  const held = new Map<UserId, Cache>()
  const lost: (() => void)[] = []
  const state = {
    /** Messages and entries that there is room for. */
    room: Infinity,
    openFault: null as Error | null,
    answers: true,
    removed: 0,
  }
  const disks: Disks = {
    async open(userId, onLost) {
      if (!state.answers) await new Promise(() => undefined)
      if (state.openFault) throw state.openFault
      const cache = held.get(userId) ?? memoryCache()
      held.set(userId, cache)
      let isOpen = true
      lost.push(() => {
        isOpen = false
        onLost()
      })
      const used = async () => {
        const { conversations, outbox } = await cache.read()
        const messages = await Promise.all(conversations.map(({ id }) => cache.messages(id, null, 10_000)))
        return messages.flat().length + outbox.length
      }
      /** Done if there is room, or if it makes some. */
      async function guarded<T>(grows: number, job: () => Promise<T>): Promise<T> {
        if (!isOpen) throw error('InvalidStateError')
        if (grows > 0 && (await used()) + grows > state.room) throw error('QuotaExceededError')
        return await job()
      }
      const disk: Disk = {
        ...cache,
        write: (write: CacheWrite) => guarded(write.messages?.length ?? 0, () => cache.write(write)),
        addEntry: (entry, least, files) => guarded(1, () => cache.addEntry(entry, least, files)),
        file: (order, index) => guarded(0, () => cache.file(order, index)),
        putEntry: (entry, files) => guarded(1, () => cache.putEntry(entry, files)),
        putDraft: (id, text) => guarded(0, () => cache.putDraft(id, text)),
        putPendingMarks: (id, marks) => guarded(0, () => cache.putPendingMarks(id, marks)),
        read: () => guarded(0, () => cache.read()),
        async dropOldMessages(keep) {
          const floors = new Map<ConversationId, number>()
          for (const { id } of (await cache.read()).conversations) {
            const newest = await cache.messages(id, null, keep)
            const [last] = await cache.messages(id, null, 1)
            await cache.write({ dropMessagesOf: [id], messages: newest })
            if (last) floors.set(id, last.seq + 1 - keep)
          }
          return floors
        },
      }
      return disk
    },
    async remove(userId) {
      state.removed++
      held.delete(userId)
    },
  }
  return {
    ...state,
    state,
    open: createKeptCaches(disks),
    /** What the disk holds, as a page that comes later finds it. */
    onDisk: (userId: UserId) => held.get(userId)?.read(),
    messagesOnDisk: async (userId: UserId) =>
      (await held.get(userId)?.messages(conversationId, null, 10_000)) ?? [],
    /** Closed from outside; `isGone`: deleted, too. */
    lose(isGone: boolean) {
      if (isGone) held.clear()
      lost.at(-1)?.()
    },
  }
}

function entry(order: number): OutboxEntry {
  const id = v7() as MessageId
  const input = { conversationId, id, kind: 'text' as const, body: { text: `${order}` }, sentAt: order }
  const operation = { name: 'sendMessage' as const, input }
  return {
    order,
    conversationId,
    messageId: id,
    operation,
    queuedAt: order,
    wasAttempted: false,
    failed: null,
  }
}

/** A log of `n` messages, as a device that has it all writes it. */
function history(n: number): CacheWrite & { cursor: number } {
  const log = createModelLog()
  for (let seq = 1; seq <= n; seq++) log.append(alice)
  const held = { id: conversationId, conversation: log.conversation(), cursor: n, hasBefore: false }
  return { meta: { epoch: 'e' }, conversations: [held], messages: log.messages(), cursor: n }
}

async function opened(disks: ReturnType<typeof createDisks>, userId = v7() as UserId) {
  const cache = await disks.open(userId)
  const states: StorageState[] = []
  cache.onStorage?.((state) => states.push(state))
  await cache.read()
  return { cache, userId, states, now: () => states.at(-1) }
}

const orders = (content: { outbox: OutboxEntry[] } | undefined) => content?.outbox.map(({ order }) => order)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('over a disk that works, the contract', () => {
  for (const { name, run } of cacheContract) {
    // What the disk cannot store is a failure like any other here: it goes on in memory.
    if (name.includes('cannot be stored')) continue
    test(name, async () => {
      await run(createDisks().open, v7() as UserId)
    })
  }
})

test('[OUT-1] what another page took out of the outbox does not come back', async () => {
  const disks = createDisks()
  const { cache, userId } = await opened(disks)
  await cache.putEntry(entry(1))
  await cache.putEntry(entry(2))
  const other = await disks.open(userId)
  await other.write({ removeEntries: [1] })
  expect(orders(await cache.read())).toEqual([2])
  disks.lose(false)
  await vi.advanceTimersByTimeAsync(aWhileMs)
  expect(orders(await disks.onDisk(userId))).toEqual([2])
})

describe('a disk that is refused', () => {
  test.each([
    ['SecurityError', 'refused'],
    ['VersionError', 'outdated'],
  ])('%s: it goes on in memory, and says so', async (name, because) => {
    const disks = createDisks()
    disks.state.openFault = error(name)
    const { cache, now } = await opened(disks)
    expect(now()).toEqual({ name: 'memory', because })
    await cache.putEntry(entry(1))
    expect(orders(await cache.read())).toEqual([1])
    expect(await cache.messages(conversationId, null, 50)).toEqual([])
  })

  test('[OUT-1] what was written meanwhile is kept as soon as it is not refused any more', async () => {
    const disks = createDisks()
    disks.state.openFault = error('SecurityError')
    const { cache, userId, now } = await opened(disks)
    const place = await cache.addEntry(entry(1), 7)
    await cache.putDraft(conversationId, 'half a word')
    await cache.putPendingMarks(conversationId, { deliveredSeq: 0, readSeq: 3 })
    cache.renewFrom?.(() => history(3))
    disks.state.openFault = null
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect(now()).toEqual({ name: 'durable' })
    const content = await disks.onDisk(userId)
    expect(orders(content)).toEqual([place])
    expect([...(content?.drafts.values() ?? [])]).toEqual(['half a word'])
    expect([...(content?.pendingMarks.values() ?? [])]).toEqual([{ deliveredSeq: 0, readSeq: 3 }])
    expect(content?.conversations).toMatchObject([{ cursor: 3 }])
  })

  test('a disk that never answers counts as refused, and the page does not wait for it', async () => {
    const disks = createDisks()
    disks.state.answers = false
    const opening = opened(disks)
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect((await opening).now()).toEqual({ name: 'memory', because: 'refused' })
  })

  test('[SEC-31] a sign-out deletes what could not be opened', async () => {
    const disks = createDisks()
    disks.state.openFault = error('SecurityError')
    const { cache } = await opened(disks)
    await cache.destroy()
    expect(disks.state.removed).toBe(1)
  })

  test('[OUT-1] what was nowhere but in memory is there for who signs in again on this page', async () => {
    const disks = createDisks()
    disks.state.openFault = error('SecurityError')
    const { cache, userId } = await opened(disks)
    await cache.putEntry(entry(1))
    await cache.close()
    const other = await disks.open(v7() as UserId)
    expect(orders(await other.read())).toEqual([])
    const again = await disks.open(userId)
    expect(orders(await again.read())).toEqual([1])
    await again.close()
    disks.state.openFault = null
    const healthy = await disks.open(userId)
    expect(orders(await healthy.read())).toEqual([1])
    expect(orders(await disks.onDisk(userId))).toEqual([1])
  })
})

describe('a disk without room', () => {
  test('[OUT-1] old messages go first, the entry is kept, and no page leaves a hole behind', async () => {
    const disks = createDisks()
    const { cache, userId, now } = await opened(disks)
    const all = history(120)
    await cache.write(all)
    disks.state.room = 120
    await cache.putEntry(entry(1))
    expect(now()).toEqual({ name: 'durable' })
    expect(orders(await disks.onDisk(userId))).toEqual([1])
    const left = await disks.messagesOnDisk(userId)
    expect(left.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, n) => 71 + n))
    await cache.write({ messages: all.messages?.slice(10, 20) ?? [] })
    expect(await disks.messagesOnDisk(userId)).toEqual(left)
  })

  test('[OUT-1] with nothing left to drop it says so, and keeps everything once there is room', async () => {
    const disks = createDisks()
    const { cache, userId, now } = await opened(disks)
    disks.state.room = 0
    await cache.addEntry(entry(0), 1)
    expect(now()).toEqual({ name: 'memory', because: 'full' })
    expect(orders(await cache.read())).toEqual([1])
    expect(orders(await disks.onDisk(userId))).toEqual([])
    disks.state.room = 10
    await cache.addEntry(entry(0), 1)
    expect(now()).toEqual({ name: 'durable' })
    expect(orders(await disks.onDisk(userId))).toEqual([1, 2])
  })

  test('it goes on saying so after the last entry is sent, until something does find room', async () => {
    const disks = createDisks()
    const { cache, states } = await opened(disks)
    cache.renewFrom?.(() => history(3))
    disks.state.room = 0
    await cache.addEntry(entry(0), 1)
    await cache.write({ removeEntries: [1] })
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect(states.map((state) => state.name)).toEqual(['durable', 'memory'])
    disks.state.room = Infinity
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect(states.at(-1)).toEqual({ name: 'durable' })
  })

  test('[SYNC-2] history that finds no room stays where it was, and what one writes is kept all the same', async () => {
    const disks = createDisks()
    const { cache, userId, now } = await opened(disks)
    await cache.write(history(3))
    disks.state.room = 3
    const more = history(60)
    cache.renewFrom?.(() => more)
    await cache.write({ ...more, messages: more.messages?.slice(3) ?? [] })
    expect(now()).toEqual({ name: 'durable' })
    const next = history(61)
    await cache.write({ ...next, messages: next.messages?.slice(60) ?? [] })
    expect((await disks.onDisk(userId))?.conversations).toMatchObject([{ cursor: 3 }])
    await cache.putEntry(entry(1))
    expect(orders(await disks.onDisk(userId))).toEqual([1])
    disks.state.room = Infinity
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect((await disks.onDisk(userId))?.conversations).toMatchObject([{ cursor: 60 }])
    expect(await disks.messagesOnDisk(userId)).toHaveLength(50)
  })
})

describe('a disk that is taken away', () => {
  test('[OUT-1] deleted under the page: all that is in memory is kept anew', async () => {
    const disks = createDisks()
    const { cache, userId, now } = await opened(disks)
    await cache.write(history(5))
    cache.renewFrom?.(() => history(6))
    await cache.putEntry(entry(1))
    disks.lose(true)
    expect(now()).toEqual({ name: 'memory', because: 'lost' })
    await cache.putEntry(entry(2))
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect(now()).toEqual({ name: 'durable' })
    expect(orders(await disks.onDisk(userId))).toEqual([1, 2])
    expect((await disks.onDisk(userId))?.conversations).toMatchObject([{ cursor: 6 }])
  })

  test('[SYNC-2] opened again as it was, it keeps the history that memory does not hold', async () => {
    const disks = createDisks()
    const { cache, userId, now } = await opened(disks)
    const all = history(80)
    await cache.write(all)
    cache.renewFrom?.(() => ({ ...all, messages: all.messages?.slice(-1) ?? [] }))
    disks.lose(false)
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect(now()).toEqual({ name: 'durable' })
    expect(await disks.messagesOnDisk(userId)).toHaveLength(80)
    disks.lose(false)
    const next = history(81)
    cache.renewFrom?.(() => ({ ...next, messages: next.messages?.slice(-1) ?? [] }))
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect((await disks.messagesOnDisk(userId)).map(({ seq }) => seq)).toEqual([81])
    expect((await disks.onDisk(userId))?.conversations).toMatchObject([{ cursor: 81 }])
  })

  test('[OUT-1] what was acknowledged while it was away does not come back', async () => {
    const disks = createDisks()
    const { cache, userId } = await opened(disks)
    await cache.putEntry(entry(1))
    await cache.putEntry(entry(2))
    disks.lose(false)
    await cache.write({ removeEntries: [1] })
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect(orders(await disks.onDisk(userId))).toEqual([2])
  })

  test('a write that finds it closed is made again on another one', async () => {
    const disks = createDisks()
    const { cache, userId, states } = await opened(disks)
    disks.lose(false)
    await cache.putEntry(entry(1))
    await vi.advanceTimersByTimeAsync(aWhileMs)
    expect(states.map((state) => state.name)).toEqual(['durable', 'memory', 'durable'])
    expect(orders(await disks.onDisk(userId))).toEqual([1])
  })

  test('[SEC-31] a session that ends meanwhile still takes what came from the server with it', async () => {
    const disks = createDisks()
    const { cache, userId } = await opened(disks)
    await cache.write(history(5))
    await cache.putEntry(entry(1))
    disks.lose(false)
    await cache.write({ clear: true })
    await cache.close()
    const content = await disks.onDisk(userId)
    expect(content?.conversations).toEqual([])
    expect(orders(content)).toEqual([1])
  })
})
