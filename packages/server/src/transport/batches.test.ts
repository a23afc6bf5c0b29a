import { limits, UserId, type Notice } from '@palabre/protocol'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBatches } from './batches.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function presence(userId: UserId, status: 'online' | 'away'): Notice {
  return { event: 'contact_status_changed', userId, status, lastSeen: null }
}

test('the latest of each subject goes, once, after the time', () => {
  const sent: [string, Notice[]][] = []
  const batches = createBatches<string>(100, (target, notices) => sent.push([target, notices]))
  const [alice, bob] = [UserId.parse(uuidv7()), UserId.parse(uuidv7())]
  batches.add('watcher', presence(alice, 'online'))
  batches.add('watcher', presence(bob, 'online'))
  vi.advanceTimersByTime(60)
  batches.add('watcher', presence(alice, 'away'))
  batches.add('other', presence(alice, 'away'))
  vi.advanceTimersByTime(39)
  expect(sent).toEqual([])
  vi.advanceTimersByTime(1)
  expect(sent).toEqual([
    ['watcher', [presence(alice, 'away'), presence(bob, 'online')]],
    ['other', [presence(alice, 'away')]],
  ])
  vi.advanceTimersByTime(1_000)
  expect(sent).toHaveLength(2)
})

test('a batch is bounded: a full one goes at once, and the rest after the time', () => {
  const sizes: number[] = []
  const batches = createBatches<string>(100, (_target, notices) => sizes.push(notices.length))
  for (let index = 0; index < 2 * limits.batchNotices + 200; index += 1)
    batches.add('watcher', presence(UserId.parse(uuidv7()), 'online'))
  expect(sizes).toEqual([limits.batchNotices, limits.batchNotices])
  vi.advanceTimersByTime(100)
  expect(sizes).toEqual([limits.batchNotices, limits.batchNotices, 200])
})
