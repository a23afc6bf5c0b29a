// Proves timeline.ts with thousands of shuffled, doubled and dropped lists of events, and no server.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alice, bob, createModelLog, type Step } from './kit/model-log.ts'
import {
  apply,
  applyDelta,
  applyMarks,
  applyPage,
  expectPage,
  unreadOf,
  type Change,
  type Timeline,
} from './timeline.ts'

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('append' as const), by: fc.constantFrom('alice' as const, 'bob' as const) }),
  fc.record({ do: fc.constantFrom('edit' as const, 'delete' as const, 'react' as const), at: fc.nat(50) }),
)
const steps = fc.array(step, { maxLength: 60 })

/** Whatever of the events comes, in whatever order, however often. */
function arrivals(events: readonly Change[], picks: readonly number[]): Change[] {
  return picks.flatMap((pick) => (events.length === 0 ? [] : [events[pick % events.length] as Change]))
}

function hasNoHole({ messages }: Timeline): boolean {
  return messages.every(
    (message, index) => index === 0 || message.seq === (messages[index - 1]?.seq ?? 0) + 1,
  )
}

function opened(log = createModelLog()): Timeline {
  return applyDelta(null, log.delta(null), alice).timeline
}

describe('live events', () => {
  test('[SYNC-3] [TL-1] [TL-2] [TL-3] shuffled, doubled and dropped events, then a sync: the same as the log', () => {
    fc.assert(
      fc.property(steps, steps, fc.array(fc.nat(200), { maxLength: 200 }), (before, after, picks) => {
        const log = createModelLog()
        for (const each of before) log.play(each)
        let timeline = opened(log)
        for (const each of after) log.play(each)
        for (const event of arrivals(log.events(), picks)) {
          const applied = apply(timeline, event, alice)
          if (applied.outcome === 'stale') expect(event.rev).toBeLessThanOrEqual(timeline.cursor)
          if (applied.outcome === 'gap') expect(event.rev).toBeGreaterThan(timeline.cursor + 1)
          if (applied.outcome !== 'applied') continue
          expect(applied.timeline.cursor).toBe(timeline.cursor + 1)
          expect(hasNoHole(applied.timeline)).toBe(true)
          timeline = applied.timeline
        }
        const { timeline: level } = applyDelta(timeline, log.delta(timeline.cursor), alice)
        expect(level.cursor).toBe(log.head)
        expect(hasNoHole(level)).toBe(true)
        expect(level.messages).toEqual(log.messages().slice(-level.messages.length))
      }),
      { numRuns: 500 },
    )
  })

  test('[REC-3] counted on the way or counted by the server: the same number of unread', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const log = createModelLog()
        for (const each of before) log.play(each)
        let timeline = opened(log)
        for (const each of after) log.play(each)
        for (const event of log.events().slice(timeline.cursor)) {
          const applied = apply(timeline, event, alice)
          if (applied.outcome === 'applied') timeline = applied.timeline
        }
        expect(unreadOf(timeline, alice, 0)).toBe(log.conversation().me.unread)
      }),
      { numRuns: 300 },
    )
  })

  test('[SYNC-8] a change of something that I may not see only moves the cursor', () => {
    const log = createModelLog()
    log.append(bob)
    const timeline = opened(log)
    const applied = apply(timeline, { rev: 2 }, alice)
    expect(applied.outcome === 'applied' && applied.timeline.messages).toEqual(timeline.messages)
    expect(applied.outcome === 'applied' && applied.timeline.cursor).toBe(2)
  })

  test('an update below the window only moves the cursor, and is handed on for the cache', () => {
    const log = createModelLog()
    for (let n = 0; n < 60; n++) log.append(bob)
    const timeline = opened(log)
    log.play({ do: 'edit', at: 0 })
    const applied = apply(timeline, log.events().at(-1) as Change, alice)
    if (applied.outcome !== 'applied') throw new Error(applied.outcome)
    expect(applied.timeline.messages).toEqual(timeline.messages)
    expect(applied.below.map((message) => message.seq)).toEqual([1])
  })
})

describe('resets', () => {
  test('[SYNC-5] too far behind: the window is the newest fifty, and there is more before it', () => {
    const log = createModelLog()
    log.append(bob)
    const timeline = opened(log)
    for (let n = 0; n < 300; n++) log.append(bob)
    const step = applyDelta(timeline, log.delta(timeline.cursor), alice)
    expect(step.isReset).toBe(true)
    expect(step.timeline.messages.map((message) => message.seq)).toEqual(
      Array.from({ length: 50 }, (_, index) => 252 + index),
    )
    expect(step.timeline.hasBefore).toBe(true)
    expect(step.timeline.cursor).toBe(301)
  })

  test('[SYNC-2] a message newer than the answer vouches for does not tear a hole', () => {
    const log = createModelLog()
    log.append(bob)
    const timeline = opened(log)
    log.append(bob)
    const head = log.delta(1)
    log.append(bob)
    log.append(bob)
    const newest = log.messages().at(-1)
    if (!newest) throw new Error('no message')
    const { timeline: next } = applyDelta(timeline, { ...head, messages: [...head.messages, newest] }, alice)
    expect(next.messages.map((message) => message.seq)).toEqual([1, 2])
    expect(next.cursor).toBe(2)
  })
})

test('[SYNC-2] an event that is older than the message held does not take it back', () => {
  const log = createModelLog()
  log.append(bob)
  log.play({ do: 'edit', at: 0 })
  log.play({ do: 'edit', at: 0 })
  // Read after the third change, vouching for the first only: heads are read before messages.
  let timeline = applyDelta(null, { ...log.delta(null), rev: 1 }, alice).timeline
  for (const event of log.events().slice(1)) {
    const applied = apply(timeline, event, alice)
    if (applied.outcome === 'applied') timeline = applied.timeline
    expect(timeline.messages).toEqual(log.messages())
  }
  expect(timeline.cursor).toBe(3)
})

describe('pages of history', () => {
  test('[SYNC-10] changes between the question and the page win by their rev', () => {
    fc.assert(
      fc.property(fc.integer({ min: 51, max: 160 }), steps, fc.boolean(), (size, during, isLate) => {
        const log = createModelLog()
        for (let n = 0; n < size; n++) log.append(n % 2 ? alice : bob)
        let timeline = expectPage(opened(log))
        const before = timeline.messages[0]?.seq ?? 1
        const { generation } = timeline
        const early = log.page(before, 50)
        for (const each of during) log.play(each)
        const page = isLate ? log.page(before, 50) : early
        for (const event of log.events().slice(timeline.cursor)) {
          const applied = apply(timeline, event, alice)
          if (applied.outcome === 'applied') timeline = applied.timeline
        }
        const { timeline: paged } = applyPage(timeline, { ...page, generation, before, inCache: false })
        expect(hasNoHole(paged)).toBe(true)
        expect(paged.messages).toEqual(log.messages().slice(-paged.messages.length))
        expect(paged.messages.length).toBe(timeline.messages.length + page.messages.length)
      }),
      { numRuns: 200 },
    )
  })

  test('[SYNC-10] a page that was asked for before a reset is not put before the new window', () => {
    const log = createModelLog()
    for (let n = 0; n < 100; n++) log.append(bob)
    const timeline = expectPage(opened(log))
    const page = { ...log.page(51, 50), before: 51, generation: timeline.generation, inCache: false }
    const reset = applyDelta(timeline, { ...log.delta(null), reset: true }, alice).timeline
    expect(applyPage(reset, page).timeline.messages).toHaveLength(50)
  })
})

describe('marks', () => {
  test('[REC-1] only grow', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(20))), (pairs) => {
        let timeline = opened()
        for (const [deliveredSeq, readSeq] of pairs) {
          const before = timeline.conversation.others
          timeline = applyMarks(timeline, { others: { deliveredSeq, readSeq } })
          expect(timeline.conversation.others.readSeq).toBe(Math.max(before.readSeq ?? 0, readSeq))
          expect(timeline.conversation.others.deliveredSeq).toBe(Math.max(before.deliveredSeq, deliveredSeq))
        }
      }),
    )
  })

  test('[REC-1] [REC-3] an answer that was read before the last acknowledged mark takes nothing back', () => {
    for (const reset of [false, true]) {
      const log = createModelLog()
      for (let n = 0; n < 300; n++) log.append(bob)
      const timeline = opened(log)
      for (let n = 0; n < 3; n++) log.append(bob)
      const asked = { ...log.delta(300), reset }
      const later = applyMarks(timeline, { deliveredSeq: 200, readSeq: 100, unread: 202, mentions: [150] })
      const { me } = applyDelta(later, asked, alice).timeline.conversation
      expect(me).toMatchObject({ deliveredSeq: 200, readSeq: 100, unread: 202, mentions: [150] })
      const early = { deliveredSeq: 50, readSeq: 50, unread: 252 }
      expect(applyMarks(later, early).conversation.me).toEqual(later.conversation.me)
    }
  })

  test('[REC-1] whoever comes back, or whose server has begun anew, has the marks that they are told', () => {
    const log = createModelLog()
    for (let n = 0; n < 3; n++) log.append(bob)
    const read = applyMarks(opened(log), { deliveredSeq: 3, readSeq: 3, unread: 0 })
    const told = { ...log.delta(null), reset: true }
    const again = { ...told.conversation, me: { ...told.conversation.me, joinedRev: 2 } }
    const nothing = { deliveredSeq: 0, readSeq: 0, unread: 2 }
    const marksOf = (timeline: Timeline) => timeline.conversation.me
    expect(marksOf(applyDelta(read, { ...told, conversation: again }, alice).timeline)).toMatchObject(nothing)
    expect(marksOf(applyDelta({ ...read, cursor: 4 }, told, alice).timeline)).toMatchObject(nothing)
    expect(marksOf(applyDelta(read, told, alice).timeline)).toMatchObject({ readSeq: 3, unread: 0 })
  })

  test('[REC-1] who is left alone has nobody’s marks, even when some come late', () => {
    const timeline = opened()
    const nobodys = { deliveredSeq: 0, readSeq: 0 }
    const alone = { ...timeline, conversation: { ...timeline.conversation, memberCount: 1, others: nobodys } }
    const late = applyMarks(alone, { others: { deliveredSeq: 1, readSeq: 1 } })
    expect(late.conversation.others).toEqual(nobodys)
  })

  test('[REC-2] marks that overtake the change that lets their member in are not lost', () => {
    const log = createModelLog()
    const timeline = opened(log)
    const { conversation } = timeline
    const alone = { ...timeline, conversation: { ...conversation, memberCount: 1 } }
    const told = applyMarks(alone, { others: { deliveredSeq: 3, readSeq: 2 } })
    const header = { ...log.conversation(), memberCount: 2 }
    const applied = apply(told, { rev: timeline.cursor + 1, header }, alice)
    if (applied.outcome !== 'applied') throw new Error(applied.outcome)
    expect(applied.timeline.conversation.others).toEqual({ deliveredSeq: 3, readSeq: 2 })
  })

  test('[REC-3] the server is believed where the window does not reach down to the mark', () => {
    const log = createModelLog()
    for (let n = 0; n < 300; n++) log.append(bob)
    const timeline = opened(log)
    expect(unreadOf(timeline, alice, 0)).toBe(299)
    expect(unreadOf(timeline, alice, 260)).toBe(40)
    expect(unreadOf(timeline, alice, 300)).toBe(0)
  })
})
