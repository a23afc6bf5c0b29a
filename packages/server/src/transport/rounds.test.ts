// What a node asks the store in its rounds, and what it makes of the answers.
import { ConversationId, SessionId } from '@palabre/protocol'
import { pino } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cluster } from '../cluster/port.ts'
import type { MembersView } from '../store/port/members.ts'
import type { Store } from '../store/port/store.ts'
import type { LocalFanout } from './fanout.ts'
import { startRounds } from './rounds.ts'

const [one, other] = [ConversationId.parse(uuidv7()), ConversationId.parse(uuidv7())]
const [here, gone] = [SessionId.parse(uuidv7()), SessionId.parse(uuidv7())]

let heads: Map<ConversationId, number>
let joined: ConversationId[]
let stored: { id: ConversationId; rev: number; membersRev: number }[]
let moved: ConversationId[]
let known: Map<ConversationId, number>
let heardSince: number | null
let hints: [ConversationId, number][][]
let rechecked: [ConversationId, number][]
let ended: SessionId[]
let reminders: number
let questions: number
let stop: () => void

beforeEach(() => {
  vi.useFakeTimers()
  heads = new Map([[one, 3]])
  joined = []
  stored = [{ id: one, rev: 3, membersRev: 1 }]
  moved = []
  known = new Map([[one, 1]])
  heardSince = null
  hints = []
  rechecked = []
  ended = []
  reminders = 0
  questions = 0
  stop = startRounds({
    sockets: { sessionIds: () => new Set([here, gone]) },
    fanout: {
      heads,
      takeJoined: () => joined.splice(0),
      hint(revs: ReadonlyMap<ConversationId, number>) {
        hints.push([...revs])
        for (const [id, rev] of revs) heads.set(id, rev)
      },
      remind: () => void (reminders += 1),
      recheck: async (id: ConversationId, membersRev: number) => void rechecked.push([id, membersRev]),
    } as unknown as LocalFanout,
    store: {
      conversations: {
        async headsOf(ids: readonly ConversationId[]) {
          questions += 1
          return stored.filter(({ id }) => ids.includes(id))
        },
        membersMovedSince: async () => moved,
      },
      sessions: { existing: async () => [here] },
    } as unknown as Pick<Store, 'conversations' | 'sessions'>,
    memberships: {
      known: (id) => {
        const membersRev = known.get(id)
        return membersRev === undefined ? null : ({ membersRev } as MembersView)
      },
      forget: (id) => void known.delete(id),
    },
    cluster: {
      commits: { now: () => performance.now(), heardSince: () => heardSince },
      sessions: { ended: (ids: SessionId[]) => ended.push(...ids) },
    } as unknown as Cluster,
    logger: pino({ enabled: false }),
    now: Date.now,
    takeTurn: () => Promise.resolve(),
    hinted: () => undefined,
    pace: { lookMs: 100, heardMs: [15_000, 30_000], unheardMs: [2_000, 4_000], sessionsMs: [18_000, 27_000] },
  })
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

test('[SYNC-11] a hint at what has moved and was not told, once', async () => {
  await vi.advanceTimersByTimeAsync(4_200)
  expect(hints).toEqual([])
  stored = [{ id: one, rev: 5, membersRev: 1 }]
  await vi.advanceTimersByTimeAsync(20_000)
  expect(hints).toEqual([[[one, 5]]])
  expect(rechecked).toEqual([])
})

test('[CON-1] a conversation that is heard from now on is looked at soon, however seldom the rounds are', async () => {
  heardSince = 0
  await vi.advanceTimersByTimeAsync(4_200)
  heads.set(other, 0)
  stored = [...stored, { id: other, rev: 2, membersRev: 1 }]
  joined = [other]
  await vi.advanceTimersByTimeAsync(100)
  expect(hints).toEqual([[[other, 2]]])
})

test('[SYNC-11] seldom while other nodes are heard, and soon when they are not any more', async () => {
  heardSince = 0
  // The first round after coming to hear them finds what was missed before.
  await vi.advanceTimersByTimeAsync(4_200)
  const before = questions
  await vi.advanceTimersByTimeAsync(10_000)
  expect(questions).toBe(before)
  await vi.advanceTimersByTimeAsync(20_200)
  expect(questions).toBeGreaterThan(before)
  heardSince = null
  const since = questions
  await vi.advanceTimersByTimeAsync(4_300)
  expect(questions).toBeGreaterThan(since)
})

test('[SYNC-9] who comes to hear the others again reminds all sockets, once', async () => {
  await vi.advanceTimersByTimeAsync(1_000)
  expect(reminders).toBe(0)
  heardSince = 1_000
  await vi.advanceTimersByTimeAsync(30_000)
  expect(reminders).toBe(1)
})

test('[SEC-7] members who came or went unheard are looked at again, once for each change', async () => {
  stored = [
    { id: one, rev: 3, membersRev: 3 },
    { id: other, rev: 2, membersRev: 2 },
  ]
  moved = [other]
  await vi.advanceTimersByTimeAsync(20_000)
  // `one` by its head, `other`, where nobody is, by its change of members.
  expect(rechecked).toEqual([
    [other, 2],
    [one, 3],
  ])
  expect(known.has(one)).toBe(false)
})

test('[SEC-6] sessions of live sockets that are there no more have ended, within 30 s', async () => {
  await vi.advanceTimersByTimeAsync(28_000)
  expect(new Set(ended)).toEqual(new Set([gone]))
})
