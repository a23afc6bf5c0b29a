// Proves mend.ts with thousands of histories that were damaged on purpose, and no server: whatever is wrong with what
// is held, it is seen, and what is fetched makes it the log again.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockOf, digestOfAll, limits, type BlockDigest, type Message } from '@palabre/protocol'
import { alice, bob, createModelLog, messageId, type ModelLog } from './kit/model-log.ts'
import { differing, hold, isWithin, mended, rewritten, type HeldDigests, type Range } from './mend.ts'
import { applyDelta, type Timeline } from './timeline.ts'

/** What goes wrong with the message at a place. */
type Damage = { at: number; do: 'lose' | 'age' | 'advance' | 'swap' | 'rename' | 'add' }

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.oneof(fc.nat(700), fc.constantFrom(0, 1, 254, 255, 256, 257, 511, 512, 699, 700)),
  do: fc.constantFrom('lose', 'age', 'advance', 'swap', 'rename', 'add'),
})

function spoil(messages: readonly Message[], damages: readonly Damage[]): Message[] {
  const held = [...messages]
  for (const { at, do: what } of damages) {
    const index = at % Math.max(1, held.length)
    const [one, next] = [held[index], held[index + 1]]
    if (!one) continue
    if (what === 'lose') held.splice(index, 1)
    if (what === 'age' && one.rev > 1) held[index] = { ...one, rev: one.rev - 1 }
    if (what === 'advance') held[index] = { ...one, rev: one.rev + 1 }
    if (what === 'rename') held[index] = { ...one, id: messageId(90_000 + at) }
    if (what === 'swap' && next) {
      held[index] = { ...one, id: next.id }
      held[index + 1] = { ...next, id: one.id }
    }
    const last = held.at(-1)
    if (what === 'add' && last) held.push({ ...last, seq: last.seq + 1, id: messageId(80_000 + at) })
  }
  return held
}

function logOf(count: number, changes: readonly number[]): ModelLog {
  const log = createModelLog()
  for (let n = 0; n < count; n++) log.append(n % 2 === 0 ? alice : bob)
  for (const at of changes) log.play({ do: 'react', at })
  return log
}

/** All of it in memory, at the head. */
function timelineOf(log: ModelLog, messages: readonly Message[]): Timeline {
  const { timeline } = applyDelta(null, log.delta(null), alice)
  return { ...timeline, messages, hasBefore: false, inCache: false }
}

function blocksOf(messages: readonly Message[], from: number): BlockDigest[] {
  const blocks = new Map<number, Message[]>()
  for (const message of messages) {
    if (message.seq < from) continue
    const block = blockOf(message.seq)
    blocks.set(block, [...(blocks.get(block) ?? []), message])
  }
  return [...blocks.values()].map((block) => ({
    from: block[0]!.seq,
    to: block.at(-1)!.seq,
    digest: digestOfAll(block),
  }))
}

const within = (messages: readonly Message[], ranges: readonly Range[]) =>
  messages.filter((message) => isWithin(ranges, message))

function differences(timeline: Timeline, log: ModelLog, from = 1): Range[] {
  const held: HeldDigests = new Map()
  hold(held, timeline.messages)
  return differing(held, from, blocksOf(log.messages(), from))
}

describe('mending', () => {
  test('[DIG-4] whatever was damaged, in which block ever, is seen, counted, and made the log again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 700 }),
        fc.array(fc.nat(700), { maxLength: 20 }),
        fc.array(damage, { maxLength: 6 }),
        (count, changes, damages) => {
          const log = logOf(count, changes)
          const spoiled = spoil(log.messages(), damages)
          const same = spoiled.filter((message) => {
            const right = log.messages()[message.seq - 1]
            return right?.id === message.id && right.rev === message.rev
          })
          const isDamaged = same.length < count || spoiled.length > count
          let timeline = timelineOf(log, spoiled)
          const ranges = differences(timeline, log)
          expect(ranges.length > 0).toBe(isDamaged)
          const result = mended(timeline, {
            ranges,
            held: within(timeline.messages, ranges),
            fetched: within(log.messages(), ranges),
          })
          if (result === null) throw new Error('not level')
          const counted = result.count
          timeline = result.step.timeline
          expect(timeline.messages).toEqual(log.messages())
          expect(timeline.conversation.lastMessage).toEqual(log.messages().at(-1))
          expect(differences(timeline, log)).toEqual([])
          const wrong = new Set(
            [...log.messages(), ...spoiled]
              .filter((message) => !same.includes(message))
              .map(({ seq }) => seq),
          )
          for (const { seq } of same) wrong.delete(seq)
          expect(counted).toBe(wrong.size)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('[DIG-4] a block is fetched from where this device begins, and one that is right is left alone', () => {
    const log = logOf(600, [])
    const window = log.messages().slice(100)
    const timeline = timelineOf(log, window.toSpliced(50, 1).toSpliced(250, 1))
    expect(differences(timeline, log, 101)).toEqual([
      { from: 257, to: 512 },
      { from: 101, to: 256 },
    ])
    expect(differences(timelineOf(log, window), log, 101)).toEqual([])
  })

  test('[DIG-4] an answer that is newer than this device is not used', () => {
    const log = logOf(300, [])
    const seen = timelineOf(log, log.messages().toSpliced(9, 1))
    log.play({ do: 'react', at: 3 })
    const ranges = [{ from: 1, to: limits.digestBlock }]
    const held = within(seen.messages, ranges)
    expect(mended(seen, { ranges, held, fetched: within(log.messages(), ranges) })).toBeNull()
  })

  test('[DIG-4] [TL-1] below the window only the cache is mended; what is too many drops the rest of the cache', () => {
    const log = logOf(500, [])
    const window: Timeline = { ...timelineOf(log, log.messages().slice(200)), inCache: true }
    const ranges = [{ from: 1, to: 256 }]
    const inCache = log.messages().slice(0, 200).toSpliced(20, 1)
    const held = [...inCache, ...within(window.messages, ranges)]
    const fetched = within(log.messages(), ranges)
    const result = mended(window, { ranges, held, fetched })
    expect(result?.step).toMatchObject({ put: [log.messages()[20]], isReset: false })
    expect(result?.step.timeline.messages).toEqual(window.messages)

    const last = log.messages().at(-1)!
    const extra = { ...last, seq: 501, id: messageId(501) }
    const longer: Timeline = { ...window, messages: [...window.messages, extra] }
    const end = [{ from: 257, to: 512 }]
    const cut = mended(longer, {
      ranges: end,
      held: within(longer.messages, end),
      fetched: within(log.messages(), end),
    })
    expect(cut).toMatchObject({
      count: 1,
      step: { isReset: true, timeline: { inCache: false, hasBefore: true } },
    })
    // All of the block, and of what was in the window.
    expect(cut?.step.put).toEqual(log.messages().slice(200))
    expect(cut?.step.timeline.conversation.lastSeq).toBe(500)
  })

  test('[DIG-4] the cache is told again what it does not hold as memory does, but not what it let go for room', () => {
    const log = logOf(100, [])
    const window: Timeline = { ...timelineOf(log, log.messages().slice(50)), inCache: true }
    const rows = log.messages().slice(20)
    expect(rewritten(window, rows)).toBeNull()
    expect(rewritten(window, rows.slice(60))).toBeNull()
    expect(rewritten(window, [])).toBeNull()
    expect(rewritten(window, rows.slice(0, -1))).toMatchObject({
      count: 1,
      step: { put: [log.messages()[99]] },
    })
    const last = log.messages().at(-1)!
    const extra = { ...last, seq: 101, id: messageId(101) }
    expect(rewritten(window, [...rows, extra])).toMatchObject({
      count: 1,
      step: { put: window.messages, isReset: true, timeline: { inCache: false, hasBefore: true } },
    })
  })
})
