// Proves overlay.ts: what is drawn while the server has not answered yet.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OutboxOperation } from '../cache/port.ts'
import { alice, bob, conversationId, createModelLog, messageId } from '../sync/kit/model-log.ts'
import { overlay, reuse, type LiveEntry, type OverlayInput } from './overlay.ts'

const log = createModelLog()
log.append(alice)
log.append(bob)
log.append(alice)

function entry(
  order: number,
  n: number,
  operation: OutboxOperation,
  more: Partial<LiveEntry> = {},
): LiveEntry {
  const base = { order, conversationId, messageId: messageId(n), operation, queuedAt: order }
  return { ...base, wasAttempted: false, failed: null, acked: null, ...more }
}

const sending = (order: number, n: number, more: Partial<LiveEntry> = {}) =>
  entry(
    order,
    n,
    {
      name: 'sendMessage',
      input: { conversationId, id: messageId(n), kind: 'text', body: { text: `new ${n}` }, sentAt: order },
    },
    more,
  )
const editing = (order: number, n: number, text: string, more: Partial<LiveEntry> = {}) =>
  entry(
    order,
    n,
    { name: 'editMessage', input: { conversationId, id: messageId(n), body: { text }, bodyRev: null } },
    more,
  )

function draw(entries: LiveEntry[], more: Partial<OverlayInput> = {}) {
  const base = { messages: log.messages(), conversation: log.conversation(), me: alice, isOnline: true }
  return overlay({ ...base, entries, ...more })
}

test('[OUT-5] queued without a connection, sending with one, failed when refused', () => {
  expect(draw([sending(1, 9)], { isOnline: false }).at(-1)?.state).toBe('queued')
  expect(draw([sending(1, 9)]).at(-1)?.state).toBe('sending')
  const failed = draw([sending(1, 9, { failed: 'MEMBER_REQUIRED' })]).at(-1)
  expect(failed).toMatchObject({ state: 'failed', error: 'MEMBER_REQUIRED', isPending: true })
})

test('[OUT-5] delivered and read follow the lowest marks of the others; alone there is only sent', () => {
  const conversation = { ...log.conversation(), others: { deliveredSeq: 3, readSeq: 1 } }
  expect(draw([], { conversation }).map((shown) => shown.state)).toEqual(['read', null, 'delivered'])
  const alone = { ...conversation, memberCount: 1 }
  expect(draw([], { conversation: alone }).map((shown) => shown.state)).toEqual(['sent', null, 'sent'])
})

test('[DIS-4] what has ended is drawn no more, by the clock or once it is emptied; what somebody deleted is', () => {
  const [first, second, third] = log.messages()
  if (!first || !second || !third) throw new Error('the log has three messages')
  const messages = [
    { ...first, expiresAt: 1_000 },
    { ...second, expiresAt: 1_000, deletedAt: 500 },
    { ...third, expiresAt: 1_000, deletedAt: 1_000 },
  ]
  const drawn = (now: number) => draw([], { messages, now }).map((shown) => shown.message.seq)
  expect(drawn(999)).toEqual([first.seq, second.seq])
  expect(drawn(1_000)).toEqual([])
})

test('[OUT-4] a change of a message that still waits is drawn on it', () => {
  const shown = draw([sending(1, 9), editing(2, 9, 'better')]).at(-1)
  expect(shown).toMatchObject({ message: { body: { text: 'better' } }, isPending: true, isChanging: true })
})

test('[OUT-1] acknowledged, and the timeline has not caught up: drawn as the server has it, once', () => {
  const acked = { ...log.append(alice, messageId(9)) }
  const messages = log.messages().slice(0, 3)
  const shown = draw([sending(1, 9, { acked })], { messages })
  expect(shown.at(-1)).toMatchObject({ state: 'sent', isPending: false, message: { seq: 4 } })
  expect(draw([sending(1, 9, { acked })])).toHaveLength(4)
})

test('a change that was refused has no effect and leaves its reason', () => {
  const shown = draw([editing(1, 1, 'late', { failed: 'EDIT_WINDOW_CLOSED' })])[0]
  expect(shown).toMatchObject({
    error: 'EDIT_WINDOW_CLOSED',
    isChanging: false,
    message: { body: { text: 'message 1' } },
  })
})

test('a change that is not possible is not drawn: someone else’s message, a deleted one', () => {
  const shown = draw([editing(1, 2, 'not mine')])[1]
  expect(shown?.message.body).toEqual({ text: 'message 2' })
})

test('a reaction and a deletion are drawn as the server will make them', () => {
  const react = entry(1, 2, {
    name: 'react',
    input: { conversationId, id: messageId(2), emoji: '👍' },
  })
  const remove = entry(2, 1, { name: 'deleteMessage', input: { conversationId, id: messageId(1) } })
  const shown = draw([react, remove])
  expect(shown[1]?.message.reactions).toEqual([{ emoji: '👍', userIds: [alice] }])
  expect(shown[0]?.message).toMatchObject({ body: { text: '' }, deletedAt: 2 })
})

test('[OUT-1] every message is drawn once, whatever waits and whatever has arrived', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { maxLength: 20 }), (numbers) => {
      const entries = [...new Set(numbers)].map((n, index) => sending(index + 1, n + 1))
      const ids = draw(entries).map((shown) => shown.message.id)
      expect(new Set(ids).size).toBe(ids.length)
      const pendingOnly = entries
        .map((each) => each.messageId)
        .filter((id) => log.messages().every((m) => m.id !== id))
      expect(ids.slice(log.lastSeq)).toEqual(pendingOnly)
    }),
  )
})

test('what did not change keeps its object', () => {
  const before = draw([])
  const after = reuse(before, draw([sending(1, 20)]))
  expect(after.slice(0, before.length).every((shown, index) => shown === before[index])).toBe(true)
})
