// Proves expiry.ts: when something is to be drawn no more, by the server's clock.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ConversationId } from '@palabre/protocol'
import { createExpiry } from './expiry.ts'
import { alice, conversationId, createModelLog } from './kit/model-log.ts'
import type { Timeline } from './timeline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('[DIS-4] it is told at the moment of the server’s clock, for each message that ends', () => {
  const log = createModelLog()
  log.append(alice)
  log.append(alice)
  const conversation = { ...log.conversation(), settings: { expireAfterMs: 60_000 } }
  const messages = log.messages().map((message, at) => ({ ...message, expiresAt: 11_000 + at * 1_000 }))
  const timeline = { conversation, messages } as unknown as Timeline
  const over: ConversationId[] = []
  const begin = Date.now()
  const expiry = createExpiry({
    timelines: new Map([[conversationId, timeline]]),
    now: () => Date.now() - begin,
    onOver: (id) => over.push(id),
  })
  // This device's clock is ten seconds behind.
  expiry.heard(10_000)
  expect(expiry.now()).toBe(10_000)
  expiry.moved(null)
  vi.advanceTimersByTime(999)
  expect(over).toEqual([])
  vi.advanceTimersByTime(1)
  expect(over).toEqual([conversationId])
  vi.advanceTimersByTime(1_000)
  expect(over).toEqual([conversationId, conversationId])
  expiry.stop()
})
