// PURE: what differs between the history that a device holds and the server's digests of it, and what becomes of a
// timeline when a block of it has been fetched again (DIG-4). Loaded when it is needed, not with the page.
// It asks nobody and writes nothing: `repair.ts` does.
import {
  addDigests,
  blockOf,
  digestOf,
  seqsOfBlock,
  type BlockDigest,
  type Digested,
  type Message,
} from '@palabre/protocol'
import { contiguousTail, isBelow, type Step, type Timeline } from './timeline.ts'

/** Messages of one stretch, both ends included. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Digests of what a device holds, by block. */
export type HeldDigests = Map<number, number>

/** Adds these to what is held. */
export function hold(held: HeldDigests, messages: Iterable<Digested>): void {
  for (const message of messages) {
    const block = blockOf(message.seq)
    held.set(block, addDigests(held.get(block) ?? 0, digestOf(message)))
  }
}

/** The blocks in which what is held from `from` on is not what the server has; the newest first. */
export function differing(held: HeldDigests, from: number, blocks: readonly BlockDigest[]): Range[] {
  const theirs = new Map(blocks.map((block) => [blockOf(block.from), block.digest]))
  return [...new Set([...held.keys(), ...theirs.keys()])]
    .filter((block) => (held.get(block) ?? 0) !== (theirs.get(block) ?? 0))
    .sort((a, b) => b - a)
    .map((block) => {
      const whole = seqsOfBlock(block)
      return { from: Math.max(from, whole.from), to: whole.to }
    })
}

export interface Mending {
  readonly ranges: readonly Range[]
  /** What this device holds in these ranges, in memory or in the cache. */
  readonly held: readonly Message[]
  /** What the server has there. */
  readonly fetched: readonly Message[]
}

export interface Mended {
  readonly step: Step
  /** Messages that were missing, too many, or not as they should be. */
  readonly count: number
}

/**
 * The timeline with these ranges of it as fetched, whatever was held there. Null: the server was ahead of this device when
 * it answered, so nothing can be said.
 */
export function mended(timeline: Timeline, { ranges, held, fetched }: Mending): Mended | null {
  if (fetched.some((message) => message.rev > timeline.cursor)) return null
  const right = new Map(fetched.map((message) => [message.seq, message]))
  const before = new Map(held.map((message) => [message.seq, message]))
  const put = [...right.values()].filter((message) => !isSame(before.get(message.seq), message)).sort(bySeq)
  const surplus = held.filter((message) => !right.has(message.seq)).length
  // Below the window is the cache's, if it keeps what it has.
  const keepsCache = timeline.inCache && surplus === 0
  const floor = keepsCache ? (timeline.messages[0]?.seq ?? 1) : 1
  const messages = contiguousTail(
    [
      ...timeline.messages.filter((message) => !isWithin(ranges, message)),
      ...[...right.values()].filter((message) => message.seq >= floor),
    ].sort(bySeq),
  )
  const last = messages.at(-1)
  const { conversation } = timeline
  const mendedTimeline: Timeline = {
    ...timeline,
    messages,
    conversation: {
      ...conversation,
      lastSeq: surplus > 0 ? (last?.seq ?? conversation.lastSeq) : conversation.lastSeq,
      lastMessage: last ?? conversation.lastMessage,
    },
    // A page that was read before this would bring back what was wrong.
    generation: timeline.generation + 1,
    below: null,
  }
  const count = put.length + surplus
  if (surplus === 0) return { count, step: { timeline: mendedTimeline, put, below: [], isReset: false } }
  // The cache lets go of messages only all at once: it begins anew with what is in memory.
  return {
    count,
    step: {
      timeline: {
        ...mendedTimeline,
        inCache: false,
        hasBefore: isBelow(mendedTimeline.conversation, messages),
      },
      put: messages,
      below: [],
      isReset: true,
    },
  }
}

/** Whether it stands in one of them. */
export function isWithin(ranges: readonly Range[], { seq }: Digested): boolean {
  return ranges.some((range) => seq >= range.from && seq <= range.to)
}

/**
 * What the cache must be told so that it holds the newest messages as memory does; null: it does already. `rows` are
 * the newest that it holds. What it has dropped for room, from below, it needs not hold.
 */
export function rewritten(timeline: Timeline, rows: readonly Message[]): Mended | null {
  const { messages } = timeline
  const lowest = rows[0]?.seq
  const floor = messages[0]?.seq
  if (lowest === undefined || floor === undefined) return null
  const inCache = new Map(rows.map((row) => [row.seq, row]))
  const put = messages.filter(
    (message) => message.seq >= lowest && !isSame(inCache.get(message.seq), message),
  )
  const held = new Set(messages.map((message) => message.seq))
  const surplus = rows.filter((row) => row.seq >= floor && !held.has(row.seq)).length
  const count = put.length + surplus
  if (count === 0) return null
  if (surplus === 0) return { count, step: { timeline, put, below: [], isReset: false } }
  const hasBefore = isBelow(timeline.conversation, messages)
  const rest = { ...timeline, inCache: false, hasBefore, generation: timeline.generation + 1 }
  return { count, step: { timeline: rest, put: messages, below: [], isReset: true } }
}

function isSame(a: Message | undefined, b: Message): boolean {
  return a !== undefined && a.id === b.id && a.rev === b.rev
}

function bySeq(a: Message, b: Message): number {
  return a.seq - b.seq
}
