// How far each member has got, in memory (REC-1), and the ticks that follow (REC-2): the lowest marks of the
// other present members, told at most every 100 ms and only when they changed. Nothing here is done per
// member when a message is sent. Marks are kept by the store; this is a view that grows with it. Other nodes tell theirs,
// and each node computes the ticks of its own sockets; a mark that was not heard of comes with `sync`.
// Sending does not move the sender's own marks: a message that was written offline gets its place after
// messages that its sender has not seen, and nobody's tick depends on somebody's mark at their own message.
import {
  limits,
  mergeMarks,
  noRules,
  type ConversationId,
  type MarkPair,
  type OthersMarks,
  type Rules,
  type UserId,
} from '@palabre/protocol'
import type { Commits } from '../cluster/port.ts'
import { directWith, type MemberRow, type MembersView } from '../store/port/members.ts'
import type { Store } from '../store/port/store.ts'
import type { Fanout } from './fanout.ts'
import { lowestFor, lowestOf, type Lowest } from './lowest.ts'
import type { Memberships } from './memberships.ts'
import { shownMarks } from './people/receipts.ts'
import type { PeopleRules } from './people/rules.ts'
import { createTrust } from './trust.ts'

/** Members whose marks are kept in memory, over all conversations. */
const markBudget = 400_000

export interface Marks {
  /** Marks of all present members; empty when there is no such conversation. */
  of(conversationId: ConversationId): Promise<ReadonlyMap<UserId, MarkPair>>
  /** The lowest marks of the members other than `viewerId`, as far as they are told. */
  others(conversationId: ConversationId, viewerId: UserId): Promise<OthersMarks>
  /** Merges by max, clipped to what exists; durable when it resolves. Null when not a member. */
  set(
    conversationId: ConversationId,
    userId: UserId,
    patch: { deliveredSeq?: number; readSeq?: number },
  ): Promise<{ marks: MarkPair; isChanged: boolean } | null>
  /** Two people are told more of each other's marks, or less. */
  rulesChanged(conversationId: ConversationId): void
  /** Members came or went: the lowest marks may have changed. */
  membersChanged(conversationId: ConversationId): void
  /** Forgets what waits to be told. */
  stop(): void
}

interface Kept {
  membersRev: number
  /** When the reading of them began. */
  readAt: number
  marks: Map<UserId, MarkPair>
}

interface Ticking {
  timer: NodeJS.Timeout
  isDue: boolean
}

export function createMarks(parts: {
  store: Pick<Store, 'receipts'>
  memberships: Memberships
  fanout: Pick<Fanout, 'notifyConversation' | 'notifyUser' | 'isHeard'>
  commits: Commits
  rules: Pick<PeopleRules, 'ofAll'>
  /** Somebody has read on, on whatever node. */
  onRead?: ((mark: { conversationId: ConversationId; userId: UserId; readSeq: number }) => void) | undefined
  /** What goes wrong while ticks are told: a hint is lost, no mark. */
  onError(error: unknown): void
}): Marks {
  const { store, memberships, fanout, commits, rules } = parts
  const trust = createTrust(commits)
  const kept = new Map<ConversationId, Kept>()
  let size = 0
  const told = new Map<ConversationId, Lowest>()
  const tickings = new Map<ConversationId, Ticking>()

  function drop(conversationId: ConversationId) {
    size -= kept.get(conversationId)?.marks.size ?? 0
    kept.delete(conversationId)
    told.delete(conversationId)
  }

  /** Loads what is missing; a change of membership loads again. */
  async function ofView(view: MembersView): Promise<Map<UserId, MarkPair>> {
    const there = kept.get(view.conversationId)
    if (there?.membersRev === view.membersRev && trust.isFresh(there.readAt)) return there.marks
    const readAt = trust.now()
    const stored = await store.receipts.ofConversation(view.conversationId)
    const newest = kept.get(view.conversationId)
    const marks = new Map<UserId, MarkPair>()
    for (const member of view.members.values()) {
      const floor = { deliveredSeq: member.joinedSeq, readSeq: member.joinedSeq }
      // A mark that was set while this was read is in memory and only grew; one of an earlier membership is clipped.
      const known = mergeMarks(stored.get(member.userId) ?? floor, newest?.marks.get(member.userId) ?? floor)
      marks.set(member.userId, mergeMarks(floor, known))
    }
    if (newest === undefined || newest.membersRev <= view.membersRev) {
      size += marks.size - (newest?.marks.size ?? 0)
      kept.delete(view.conversationId)
      kept.set(view.conversationId, { membersRev: view.membersRev, readAt, marks })
    }
    for (const oldest of kept.keys()) {
      if (size <= markBudget || oldest === view.conversationId) break
      drop(oldest)
    }
    return marks
  }

  async function of(conversationId: ConversationId): Promise<Map<UserId, MarkPair>> {
    const view = await memberships.view(conversationId)
    return view === null ? new Map() : ofView(view)
  }

  async function tell(conversationId: ConversationId) {
    const view = await memberships.view(conversationId)
    if (view === null) return
    const now = lowestOf(await ofView(view))
    const before = told.get(conversationId)
    told.set(conversationId, now)
    const [one] = view.members.keys()
    if (one !== undefined && directWith(view.members, one) !== null) return tellTwo(view, before, now)
    // Who alone holds a lowest mark sees the second lowest; everybody else sees the same.
    const apart = [now.deliveredBy, now.readBy, before?.deliveredBy ?? null, before?.readBy ?? null]
    const special = [...new Set(apart.filter((id) => id !== null))].filter((id) => view.members.has(id))
    const notice = (others: OthersMarks) => ({ event: 'receipts' as const, conversationId, others })
    if (before === undefined || !isSame(before.common, now.common)) {
      if (view.members.size > special.length) {
        fanout.notifyConversation(conversationId, view.membersRev, notice(now.common), { except: special })
      }
    }
    for (const userId of special) {
      const others = lowestFor(now, userId)
      if (before === undefined || !isSame(lowestFor(before, userId), others))
        fanout.notifyUser(userId, notice(others))
    }
  }

  /** What the one is told the other may not be (BLK-3, PRIV-4). */
  async function tellTwo({ conversationId, members }: MembersView, before: Lowest | undefined, now: Lowest) {
    const both = await rules.ofAll(members.keys())
    for (const userId of members.keys()) {
      const shown = (lowest: Lowest) => asTold(both, members, userId, lowestFor(lowest, userId))
      const others = shown(now)
      if (before !== undefined && isSame(shown(before), others)) continue
      fanout.notifyUser(userId, { event: 'receipts', conversationId, others })
    }
  }

  /** At once when it has been quiet, else at the end of the 100 ms. */
  function tick(conversationId: ConversationId) {
    const underWay = tickings.get(conversationId)
    if (underWay !== undefined) {
      underWay.isDue = true
      return
    }
    const timer = setTimeout(() => {
      const isDue = tickings.get(conversationId)?.isDue === true
      tickings.delete(conversationId)
      if (isDue) tick(conversationId)
    }, limits.batchMs)
    timer.unref()
    tickings.set(conversationId, { timer, isDue: false })
    tell(conversationId).catch(parts.onError)
  }

  const stopHearing = [
    commits.onMarked(({ conversationId, userId, ...mark }) => {
      parts.onRead?.({ conversationId, userId, readSeq: mark.readSeq })
      const marks = kept.get(conversationId)?.marks
      const before = marks?.get(userId)
      if (before !== undefined) marks?.set(userId, mergeMarks(before, mark))
      if (fanout.isHeard(conversationId)) tick(conversationId)
    }),
    commits.onMembersChanged((conversationId) => {
      if (fanout.isHeard(conversationId)) tick(conversationId)
    }),
  ]

  return {
    of,
    async others(conversationId, viewerId) {
      const marks = lowestFor(lowestOf(await of(conversationId)), viewerId)
      const members = (await memberships.view(conversationId))?.members ?? new Map<UserId, MemberRow>()
      if (directWith(members, viewerId) === null) return marks
      return asTold(await rules.ofAll(members.keys()), members, viewerId, marks)
    },
    async set(conversationId, userId, patch) {
      const there = (await of(conversationId)).get(userId)
      if (there === undefined) return null
      const wanted = { deliveredSeq: patch.deliveredSeq ?? 0, readSeq: patch.readSeq ?? 0 }
      if (isSame(mergeMarks(there, wanted), there)) return { marks: there, isChanged: false }
      const stored = await store.receipts.mark(conversationId, userId, patch)
      if (stored === null) return null
      const marks = kept.get(conversationId)?.marks
      const merged = mergeMarks(marks?.get(userId) ?? there, stored.marks)
      if (marks?.has(userId) === true) marks.set(userId, merged)
      if (stored.isChanged) {
        tick(conversationId)
        if (merged.readSeq > there.readSeq)
          parts.onRead?.({ conversationId, userId, readSeq: merged.readSeq })
        commits.marked({ conversationId, userId, ...merged })
      }
      return { marks: merged, isChanged: stored.isChanged }
    },
    rulesChanged(conversationId) {
      told.delete(conversationId)
      tick(conversationId)
    },
    membersChanged(conversationId) {
      tick(conversationId)
    },
    stop() {
      for (const stop of stopHearing) stop()
      for (const ticking of tickings.values()) clearTimeout(ticking.timer)
      tickings.clear()
    },
  }
}

/** Of a direct conversation, as `viewerId` is told it. */
function asTold(
  rules: ReadonlyMap<UserId, Rules>,
  members: MembersView['members'],
  viewerId: UserId,
  marks: MarkPair,
): OthersMarks {
  const otherId = directWith(members, viewerId)
  if (otherId === null) return marks
  const one = (id: UserId) => ({ id, rules: rules.get(id) ?? noRules })
  return shownMarks(one(viewerId), one(otherId), marks)
}

function isSame(a: OthersMarks, b: OthersMarks): boolean {
  return a.deliveredSeq === b.deliveredSeq && a.readSeq === b.readSeq
}
