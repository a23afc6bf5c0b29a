// Proves outbox.ts against a `call` that loses answers, refuses for a while or for good, and answers late.
import { PalabreError, type Message, type MessageId } from '@palabre/protocol'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { OutboxEntry, OutboxOperation } from '../cache/port.ts'
import type { Call } from '../connection/connection.ts'
import { alice, conversationId, createModelLog, messageId } from '../sync/kit/model-log.ts'
import type { OutboxChange } from './door.ts'
import { createOutbox } from './outbox.ts'

type Outcome = 'ack' | 'lost' | 'later' | 'never' | 'refusedForNow'

/** A server that keeps the log once however often it is asked, and answers as it is told to. */
function device(
  outcomes: Outcome[] = [],
  kept = new Map<number, OutboxEntry>(),
  onTold: (change: OutboxChange) => void = () => undefined,
) {
  const log = createModelLog(alice)
  const attempts: string[] = []
  const bases: number[] = []
  /** For each attempt to send: was it in the cache by then (and still), marked as attempted? */
  const marks: boolean[] = []
  let cursor: number | null = 0
  let atOnce = 0
  let mostAtOnce = 0
  const call = vi.fn(async (name: string, input: { id: MessageId; bodyRev?: number }): Promise<unknown> => {
    if (name === 'sendMessage')
      marks.push([...kept.values()].some((entry) => entry.messageId === input.id && entry.wasAttempted))
    attempts.push(`${name} ${input.id.slice(-2)}`)
    mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    await Promise.resolve()
    atOnce--
    const outcome = outcomes.shift() ?? 'ack'
    if (outcome === 'later') throw new PalabreError('STORE_UNAVAILABLE')
    if (outcome === 'refusedForNow') throw new PalabreError('RATE_LIMITED', { retryAfterMs: 1 })
    if (outcome === 'never') throw new PalabreError('MEMBER_REQUIRED')
    const known = log.messages().find((message) => message.id === input.id)
    if (name === 'sendMessage' && !known) log.append(alice, input.id)
    else if (name === 'editMessage' && known) {
      bases.push(input.bodyRev ?? 0)
      log.play({ do: 'edit', at: known.seq - 1 })
    }
    if (outcome === 'lost') throw new PalabreError('STORE_UNAVAILABLE')
    return { message: log.messages().find((message) => message.id === input.id) }
  })
  const acked: Message[] = []
  const outbox = createOutbox({
    call: call as unknown as Call,
    store: {
      async addEntry(entry, least) {
        const order = Math.max(least, ...[...kept.keys()].map((held) => held + 1))
        kept.set(order, { ...entry, order })
        return order
      },
      added: async () => [],
      putEntry: async (entry) => void kept.set(entry.order, entry),
      removeEntries: async (orders) => orders.forEach((order) => void kept.delete(order)),
    },
    bodyRevOf: async (_, id) => log.messages().find((message) => message.id === id)?.bodyRev ?? 0,
    cursorOf: () => cursor,
    onAcked: (message) => acked.push(message),
    onChanged: () => undefined,
    onTold,
    now: () => 1,
    random: () => 0,
  })
  return {
    log,
    outbox,
    attempts,
    bases,
    marks,
    acked,
    kept,
    mostAtOnce: () => mostAtOnce,
    /** The conversation is not held any more. */
    leave() {
      cursor = null
    },
    /** The timeline shows everything up to the head. */
    level() {
      cursor = log.head
      outbox.caughtUp(conversationId)
    },
    states: () =>
      outbox.entriesOf(conversationId).map((entry) => entry.failed ?? (entry.acked ? 'acked' : 'waits')),
    send: (n: number) => outbox.add(conversationId, messageId(n), sending(n)),
    edit: (n: number) => outbox.add(conversationId, messageId(n), editing(n)),
  }
}

const sending = (n: number): OutboxOperation => ({
  name: 'sendMessage',
  input: { conversationId, id: messageId(n), kind: 'text', body: { text: `${n}` }, sentAt: n },
})
const editing = (n: number): OutboxOperation => ({
  name: 'editMessage',
  input: { conversationId, id: messageId(n), body: { text: `${n}!` }, bodyRev: null },
})
const ids = (messages: readonly Message[]) => messages.map((message) => message.id)
const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 1 })

describe('an outbox that several tabs share', () => {
  test('[TAB-2] read anew, what the cache lost meanwhile has gone, and what was added meanwhile stays', async () => {
    const { outbox, send, kept, states } = device()
    await send(1)
    const shownBefore = outbox.all()
    // Another tab sent the first one; the second is added while the cache is read.
    kept.clear()
    const read = [...kept.values()]
    await send(2)
    outbox.restore(read, shownBefore)
    expect(outbox.entriesOf(conversationId).map((entry) => entry.messageId)).toEqual([messageId(2)])
    // Whoever tells of the first one now is late.
    outbox.hear({ put: shownBefore }, true)
    expect(states()).toEqual(['waits'])
  })

  test('[TAB-2] read just before an acknowledged entry left the cache, it does not wait there for ever', async () => {
    const kept = new Map<number, OutboxEntry>()
    const follower = device([], kept)
    let isRead = false
    const leader = device([], kept, (change) => {
      if (!isRead && change.put?.some((entry) => entry.acked !== null)) {
        // What was told up to here is in what it reads, it thinks.
        isRead = true
        follower.outbox.restore([...kept.values()])
      } else if (isRead) follower.outbox.hear(change, true)
    })
    await leader.send(1)
    leader.outbox.setReady(true)
    await until(() => expect(isRead && kept.size === 0).toBe(true))
    await until(() => expect(follower.outbox.waiting()).toBe(0))
  })
})

describe('sending', () => {
  test('[OUT-1] durable before it is shown, kept until it is acknowledged, sent only when ready', async () => {
    const { outbox, send, kept, attempts, log } = device()
    await send(1)
    expect([...kept.values()]).toMatchObject([{ wasAttempted: false }])
    expect(outbox.entriesOf(conversationId)).toHaveLength(1)
    expect(attempts).toEqual([])
    outbox.setReady(true)
    await until(() => expect(kept.size).toBe(0))
    expect(log.lastSeq).toBe(1)
  })

  test('[OUT-4] the mark of the first attempt is durable before the attempt', async () => {
    const { outbox, send, marks } = device(['later', 'lost'])
    await send(1)
    await send(2)
    outbox.setReady(true)
    await until(() => expect(outbox.waiting()).toBe(0))
    expect(marks).toEqual([true, true, true, true])
  })

  test('[OUT-2] [P2] whatever is lost or refused for a while: each once, in order', async () => {
    const outcome = fc.constantFrom<Outcome>('ack', 'lost', 'later', 'refusedForNow')
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome, { maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (outcomes, n) => {
          const { outbox, send, log, kept, mostAtOnce } = device([...outcomes])
          outbox.setReady(true)
          const wanted = Array.from({ length: n }, (_, index) => index + 1)
          await Promise.all(wanted.map(send))
          await until(() => expect(outbox.waiting()).toBe(0))
          expect(ids(log.messages())).toEqual(wanted.map(messageId))
          await until(() => expect(kept.size).toBe(0))
          expect(mostAtOnce()).toBe(1)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('[OUT-1] seen in the log before the ack: gone once, and the next one goes', async () => {
    const { outbox, send, log, kept, attempts } = device(['later', 'later', 'later', 'later', 'later'])
    await send(1)
    await send(2)
    outbox.setReady(true)
    await until(() => expect(attempts.length).toBeGreaterThan(0))
    outbox.seen([log.append(alice, messageId(1))])
    await until(() => expect(outbox.waiting()).toBe(0))
    expect(ids(log.messages())).toEqual([messageId(1), messageId(2)])
    await until(() => expect(kept.size).toBe(0))
  })

  test('an acknowledged entry stays until the timeline shows it', async () => {
    const { outbox, send, states, level } = device()
    await send(1)
    outbox.setReady(true)
    await until(() => expect(states()).toEqual(['acked']))
    level()
    expect(states()).toEqual([])
  })

  test('what a process left behind goes out by the next one, under the same ids', async () => {
    const kept = new Map<number, OutboxEntry>()
    const before = device([], kept)
    await before.send(1)
    await before.send(2)
    const after = device([], kept)
    after.outbox.restore([...kept.values()])
    after.outbox.setReady(true)
    await after.send(3)
    await until(() => expect(after.outbox.waiting()).toBe(0))
    expect(ids(after.log.messages())).toEqual([1, 2, 3].map(messageId))
  })
})

describe('refusals for good', () => {
  test('[OUT-3] fails alone, the next ones go, and its edits fail with it', async () => {
    const { outbox, send, edit, states, log } = device(['never'])
    await send(1)
    await edit(1)
    await send(2)
    outbox.setReady(true)
    await until(() => expect(states()).toEqual(['MEMBER_REQUIRED', 'PARENT_FAILED', 'acked']))
    expect(ids(log.messages())).toEqual([messageId(2)])
  })

  test('[OUT-3] tried again under the same id, with its edits', async () => {
    const { outbox, send, edit, states, log } = device(['never'])
    await send(1)
    await edit(1)
    outbox.setReady(true)
    await until(() => expect(states()).toEqual(['MEMBER_REQUIRED', 'PARENT_FAILED']))
    await outbox.retry(conversationId, messageId(1))
    await until(() => expect(outbox.waiting()).toBe(0))
    expect(log.messages()).toMatchObject([{ id: messageId(1), body: { text: 'edited at 2' } }])
  })

  test('[OUT-3] discarded, it is gone here and from the cache', async () => {
    const { outbox, send, states, kept } = device(['never'])
    await send(1)
    outbox.setReady(true)
    await until(() => expect(states()).toEqual(['MEMBER_REQUIRED']))
    await outbox.discard(conversationId, messageId(1))
    expect([states(), kept.size]).toEqual([[], 0])
  })

  test('[OUT-3] seen in the log it was not refused after all, and its edit goes', async () => {
    const { outbox, send, edit, states, log } = device(['never'])
    await send(1)
    await edit(1)
    outbox.setReady(true)
    await until(() => expect(states()).toEqual(['MEMBER_REQUIRED', 'PARENT_FAILED']))
    outbox.seen([log.append(alice, messageId(1))])
    await until(() => expect(states()).toEqual(['acked']))
    expect(log.messages()).toMatchObject([{ body: { text: 'edited at 2' } }])
  })
})

describe('changes', () => {
  test('[OUT-3] a change that is refused goes where its conversation is gone; a message stays, to be seen', async () => {
    const { outbox, send, edit, states, kept, leave } = device(['never', 'never'])
    await edit(1)
    await send(2)
    leave()
    outbox.setReady(true)
    await until(() => expect(states()).toEqual(['MEMBER_REQUIRED']))
    await until(() => expect([...kept.values()]).toMatchObject([{ operation: { name: 'sendMessage' } }]))
  })

  test('[OUT-4] an edit of a message that waits goes behind it and takes its base from the ack', async () => {
    const { outbox, send, edit, attempts, bases } = device(['later', 'lost'])
    await send(1)
    await edit(1)
    await edit(1)
    outbox.setReady(true)
    await until(() => expect(outbox.waiting()).toBe(0))
    expect(attempts.filter((attempt) => attempt.startsWith('edit'))).toHaveLength(2)
    expect(bases).toEqual([1, 2])
  })
})
