// Verifies in the background that this device holds what the server holds, one conversation at a time, and mends what
// does not (DIG-4). First those at which someone looks, then those that a sync has changed, then slowly the rest: so
// many after each sync, far enough apart that nobody notices, and never two devices in step.
// It touches the log's part only, never the outbox. Loaded after the first sync, not with the page.
import { limits, type ConversationId, type Message, type Output } from '@palabre/protocol'
import type { HistoryState } from '../api.ts'
import type { Cache } from '../cache/port.ts'
import type { Connection } from '../connection/connection.ts'
import type { Engine } from '../engine.ts'
import type { Outbox } from '../outbox/door.ts'
import { differing, hold, isWithin, mended, rewritten, type HeldDigests, type Range } from './mend.ts'
import type { Timeline } from './timeline.ts'

/** Conversations verified after one sync, those aside at which someone looks. */
const CHECKS_A_SYNC = 40
/** Between two of them; jittered. */
const PACE_MS = 5_000
/** Before one is tried again that has moved meanwhile. */
const SETTLE_MS = 500
/** Tries to compare one conversation before it is left for later. */
const ATTEMPTS = 6
/** More blocks than this are not fetched one by one: the conversation starts over. */
const MOST_BLOCKS = 8

export interface Repair {
  stateOf(id: ConversationId): HistoryState | null
  /** A sync is through and has brought changes of these; `isWhole`: of everything. */
  settled(changed: Iterable<ConversationId>, isWhole: boolean): void
  /** Someone looks at it: now, and after every sync as long as they do. */
  look(id: ConversationId, isLooking: boolean): void
  /** Nothing can be asked for now. */
  stop(): void
}

export interface RepairOptions {
  engine: Pick<Engine, 'replica' | 'sync' | 'remote' | 'now'> & {
    readonly connection: Pick<Connection, 'call' | 'isConnected'>
    readonly outbox: Pick<Outbox, 'seen'>
  }
  random: () => number
  onState: (id: ConversationId) => void
}

interface Compared {
  readonly timeline: Timeline
  /** Empty: the same on both sides. */
  readonly ranges: readonly Range[]
  /** Both sides were at the same rev: a difference means something. */
  readonly isLevel: boolean
  /** The server is further than this device. */
  readonly isBehind: boolean
}

export function createRepair({ engine, random, onState }: RepairOptions): Repair {
  const { replica, connection, outbox, sync } = engine
  const states = new Map<ConversationId, HistoryState>()
  /** The cursor at which each was found to be right. */
  const verifiedAt = new Map<ConversationId, number>()
  const repaired = new Map<ConversationId, number>()
  const watched = new Set<ConversationId>()
  /** Those of them whose turn has not come. */
  const looked = new Set<ConversationId>()
  const changed = new Set<ConversationId>()
  let budget = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Names what runs now: whatever an earlier run still learns is dropped. */
  let run = 0
  let isChecking = false

  replica.onTouched((touched) => {
    // Another user, another epoch.
    if (touched.all) for (const part of [states, verifiedAt, repaired, changed]) part.clear()
  })

  function setState(id: ConversationId, state: HistoryState): void {
    states.set(id, state)
    onState(id)
  }

  function isDue(id: ConversationId): boolean {
    const cursor = replica.timelines.get(id)?.cursor
    return cursor !== undefined && verifiedAt.get(id) !== cursor
  }

  /** The next one within the budget: changed by a sync, else any that is due. */
  function nextInTurn(): ConversationId | null {
    for (const id of changed) {
      changed.delete(id)
      if (isDue(id)) return id
    }
    const due = [...replica.timelines.keys()].filter(isDue)
    return due[Math.floor(random() * due.length)] ?? null
  }

  function plan(): void {
    if (isChecking || !connection.isConnected()) return
    if (looked.size > 0) void work()
    else if (budget > 0) timer ??= setTimeout(() => void work(), PACE_MS * (0.5 + random()))
  }

  function rest(): void {
    clearTimeout(timer)
    timer = undefined
  }

  async function work(): Promise<void> {
    rest()
    const [first] = looked
    if (first === undefined) budget--
    else looked.delete(first)
    const id = first ?? nextInTurn()
    if (id === null) budget = 0
    if (id === null || !isDue(id)) return plan()
    isChecking = true
    const mine = ++run
    const held = states.get(id) ?? { name: 'unknown' }
    try {
      setState(id, { name: 'checking' })
      const state = await check(id, () => mine === run)
      if (states.has(id)) setState(id, state ?? held)
    } catch {
      // No answer, or told to wait: another sync, another look.
      if (states.has(id)) setState(id, held)
    } finally {
      isChecking = false
      plan()
    }
  }

  /** Null: it moves too much, or is gone. */
  async function check(id: ConversationId, isMine: () => boolean): Promise<HistoryState | null> {
    let toReport = 0
    let mendings = 0
    let isRewritten = engine.remote() !== null
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const compared = await compare(id, toReport)
      // What was answered over another connection may be of another store.
      if (compared === null || !isMine()) return null
      toReport = 0
      const { timeline, ranges, isLevel, isBehind } = compared
      if (isBehind && !engine.remote()) {
        // What is on its way has its time. A lost last event leaves no gap to see: asking brings it (SYNC-9).
        await (attempt === 0 ? pause(SETTLE_MS) : sync.request([id]))
        continue
      }
      if (ranges.length === 0) {
        toReport = isRewritten ? 0 : await rewrite(id)
        isRewritten = true
        if (toReport > 0) {
          count(id, toReport)
          continue
        }
        verifiedAt.set(id, timeline.cursor)
        return { name: 'verified', at: engine.now(), repaired: repaired.get(id) ?? 0 }
      }
      if (!isLevel) {
        await pause(SETTLE_MS * attempt)
        continue
      }
      if (mendings > 0 || ranges.length > MOST_BLOCKS) {
        // The tab that leads does.
        if (engine.remote()) return null
        toReport = await startOver(id, timeline)
      } else {
        const found = await mend(id, timeline, ranges, isMine)
        if (found === null) continue
        // The log is as it is held here: the server's digest is at fault, and fetching again mends nothing.
        if (found === 0) return { name: 'unverified', at: engine.now() }
        toReport = found
        mendings++
      }
      count(id, toReport)
    }
    return null
  }

  function count(id: ConversationId, messages: number): void {
    repaired.set(id, (repaired.get(id) ?? 0) + messages)
  }

  /** Null: it is not held (any more). */
  async function compare(id: ConversationId, toReport: number): Promise<Compared | null> {
    const timeline = replica.timelines.get(id)
    if (!timeline) return null
    const { held, from } = await heldOf(id, timeline)
    const answers: Output<'getDigests'>[] = []
    for (let before: number | undefined; ;) {
      const answer = await connection.call('getDigests', {
        conversationId: id,
        from,
        ...(before === undefined ? {} : { before }),
        ...(toReport > 0 && before === undefined ? { repaired: toReport } : {}),
      })
      answers.push(answer)
      before = answer.blocks[0]?.from
      if (!answer.hasBefore || before === undefined) break
    }
    const now = replica.timelines.get(id)
    if (!now) return null
    const isBehind = answers.some((answer) => answer.rev > now.cursor)
    const isLevel =
      now.generation === timeline.generation &&
      [now.cursor, ...answers.map((answer) => answer.rev)].every((rev) => rev === timeline.cursor)
    const blocks = answers.flatMap((answer) => answer.blocks)
    return { timeline, ranges: differing(held, from, blocks), isLevel, isBehind }
  }

  /** What is in memory, and below it what is in the cache, which is the affair of the tab that leads. */
  async function heldOf(id: ConversationId, timeline: Timeline) {
    const { messages, conversation, hasBefore, inCache } = timeline
    const held: HeldDigests = new Map()
    hold(held, messages)
    let floor = messages[0]?.seq ?? conversation.lastSeq + 1
    for (let isMore = inCache && !engine.remote(); isMore;) {
      const page = await cached(id, floor, limits.digestBlock)
      hold(held, page)
      floor = page[0]?.seq ?? floor
      isMore = page.length === limits.digestBlock
    }
    // At least the newest one must be there, and all of them where no other is said to be anywhere. (A cache may drop
    // old ones for room; they are fetched when one scrolls there.)
    const least = hasBefore || inCache ? conversation.lastSeq : conversation.me.joinedSeq
    return { held, from: Math.max(1, Math.min(floor, least)) }
  }

  function cached(id: ConversationId, before: number | null, limit: number): Promise<Message[]> {
    return replica.inCache(async (cache) => (isLevel(cache) ? await cache.messages(id, before, limit) : []))
  }

  /** Fetches these again and puts them in place; answers how many messages were wrong, or null when it moved. */
  async function mend(
    id: ConversationId,
    seen: Timeline,
    ranges: readonly Range[],
    isMine: () => boolean,
  ): Promise<number | null> {
    const fetched: Message[] = []
    const rows: Message[] = []
    for (const range of ranges) {
      fetched.push(...(await fetch(id, range)))
      rows.push(...(await cached(id, range.to + 1, range.to + 1 - range.from)))
    }
    const now = replica.timelines.get(id)
    if (!now || !isMine() || now.cursor !== seen.cursor || now.generation !== seen.generation) return null
    const floor = now.messages[0]?.seq ?? Infinity
    const held = [...rows.filter((message) => message.seq < floor), ...now.messages]
    const inRanges = held.filter((message) => isWithin(ranges, message))
    const result = mended(now, { ranges, held: inRanges, fetched })
    if (result === null || result.count === 0) return result?.count ?? null
    replica.commit(new Map([[id, result.step]]))
    outbox.seen(result.step.put)
    return result.count
  }

  async function fetch(id: ConversationId, { from, to }: Range): Promise<Message[]> {
    const found: Message[] = []
    for (let after = from - 1; after < to;) {
      const { messages, hasAfter } = await connection.call('listMessages', {
        conversationId: id,
        after,
        limit: limits.page,
      })
      found.push(...messages.filter((message) => message.seq <= to))
      const last = messages.at(-1)
      if (!hasAfter || last === undefined) break
      after = last.seq
    }
    return found
  }

  /** Puts the newest into the cache where it does not hold them as memory does; answers how many were wrong. */
  async function rewrite(id: ConversationId): Promise<number> {
    const timeline = replica.timelines.get(id)
    if (!timeline) return 0
    // Behind all writes of what is in memory at this moment.
    const rows = await cached(id, null, limits.digestBlock)
    const now = replica.timelines.get(id)
    const result = rewritten(timeline, rows)
    // What has moved meanwhile is looked at again after the next change.
    if (result === null || now !== timeline) return 0
    replica.commit(new Map([[id, result.step]]))
    return result.count
  }

  /** Drops what is held of the log here and takes it anew (SYNC-5); answers how many messages were dropped. */
  async function startOver(id: ConversationId, { messages }: Timeline): Promise<number> {
    // Below every rev there is: answered with a reset.
    replica.alter(id, (timeline) => ({ ...timeline, cursor: 0 }), false)
    await sync.request([id])
    return Math.max(1, messages.length)
  }

  return {
    stateOf: (id) => states.get(id) ?? null,
    settled(ids, isWhole) {
      for (const id of ids) changed.add(id)
      for (const id of watched) looked.add(id)
      budget = isWhole ? CHECKS_A_SYNC : Math.min(CHECKS_A_SYNC, budget + changed.size)
      plan()
    },
    look(id, isLooking) {
      if (!isLooking) {
        watched.delete(id)
        looked.delete(id)
        return
      }
      watched.add(id)
      looked.add(id)
      plan()
    },
    stop() {
      run++
      rest()
      changed.clear()
      budget = 0
    },
  }
}

/** One that could not take what it was given is of no use for comparing; it is written anew as soon as it can. */
function isLevel(cache: Cache): boolean {
  return cache.isLevel?.() ?? true
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
