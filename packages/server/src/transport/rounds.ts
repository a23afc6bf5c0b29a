// What a node that is not alone asks the store now and then, since words between nodes may be lost (P5): have
// conversations moved of which its sockets were not told (SYNC-9; at once of those that it has only begun to hear), have
// members come or gone, are the sessions of its sockets still there (SEC-6). Each is one question for a thousand; what it finds it mends, or hints at to the sockets
// concerned, which ask `sync`. Often while other nodes cannot be heard, seldom while they can.
import type { ConversationId, SessionId } from '@palabre/protocol'
import type { Logger } from 'pino'
import type { Cluster } from '../cluster/port.ts'
import type { Memberships } from '../core/memberships.ts'
import type { Store } from '../store/port/store.ts'
import type { LocalFanout } from './fanout.ts'
import type { Sockets } from './live-sockets.ts'

export interface RoundsPace {
  /** How often it is looked whether something is due. */
  lookMs: number
  /** Between two rounds while other nodes are heard: from and to, so that nodes do not ask in step. */
  heardMs: readonly [number, number]
  /** While they are not. */
  unheardMs: readonly [number, number]
  /** Between two questions about sessions; below the 30 s of SEC-6. */
  sessionsMs: readonly [number, number]
}

const usualRounds: RoundsPace = {
  lookMs: 500,
  heardMs: [15_000, 30_000],
  unheardMs: [2_000, 4_000],
  sessionsMs: [18_000, 27_000],
}

/** Ids of one question. */
const perQuestion = 1_000
/** Heads asked for in a second, at most, on average: very many conversations take longer than the pace says. */
const headsPerSecond = 5_000
/** Clocks of nodes may differ by this much, and a change may take as long to be found. */
const clocksMs = 120_000

export interface RoundsParts {
  sockets: Pick<Sockets, 'sessionIds'>
  fanout: LocalFanout
  store: Pick<Store, 'conversations' | 'sessions'>
  memberships: Pick<Memberships, 'known' | 'forget'>
  cluster: Cluster
  logger: Logger
  now(): number
  takeTurn(): Promise<void>
  pace?: RoundsPace
  /** Conversations of which somebody had not been told. */
  hinted(conversations: number): void
}

/** Starts asking. Answers how to stop. */
export function startRounds(parts: RoundsParts): () => void {
  const { sockets, fanout, store, memberships, cluster, logger, now } = parts
  const pace = parts.pace ?? usualRounds
  const steady = () => cluster.commits.now()
  /** Conversations whose members have been looked at since they changed last. */
  let seen = new Map<ConversationId, number>()
  let askedAt = now()
  let wasHeard = false
  let isUnderWay = false
  let roundAt = steady() + between(pace.unheardMs)
  let sessionsAt = steady() + between(pace.sessionsMs)

  /** Members who came or went unheard: their sockets are let in, or put out and told. */
  async function mendMembers() {
    const since = Math.min(askedAt, now()) - clocksMs
    const at = now()
    const ids = await store.conversations.membersMovedSince(since)
    const looked = new Map<ConversationId, number>()
    for (const some of chunks(ids)) {
      for (const { id, membersRev } of await store.conversations.headsOf(some)) {
        looked.set(id, membersRev)
        if (seen.get(id) !== membersRev) await fanout.recheck(id, membersRev)
      }
      await parts.takeTurn()
    }
    seen = looked
    askedAt = at
  }

  async function hintAtMoved(ids: ConversationId[]) {
    const moved = new Map<ConversationId, number>()
    for (const some of chunks(ids)) {
      for (const { id, rev, membersRev } of await store.conversations.headsOf(some)) {
        const known = memberships.known(id)
        if (known !== null && known.membersRev < membersRev) {
          memberships.forget(id)
          await fanout.recheck(id, membersRev)
        }
        if (rev > (fanout.heads.get(id) ?? rev)) moved.set(id, rev)
      }
      await parts.takeTurn()
    }
    if (moved.size === 0) return
    parts.hinted(moved.size)
    fanout.hint(moved)
  }

  async function endSessions() {
    for (const some of chunks([...sockets.sessionIds()])) {
      const there = new Set<SessionId>(await store.sessions.existing(some))
      const ended = some.filter((id) => !there.has(id))
      if (ended.length > 0) cluster.sessions.ended(ended)
    }
  }

  async function look() {
    const isHeard = cluster.commits.heardSince() !== null
    if (isHeard !== wasHeard) {
      // Lost: soon look oftener. Found again: what was missed until now is missing still.
      wasHeard = isHeard
      roundAt = Math.min(roundAt, steady() + between(pace.unheardMs))
      // Ticks and profiles that went by leave no head behind that could tell of them.
      if (isHeard) fanout.remind()
    }
    await hintAtMoved(fanout.takeJoined())
    if (steady() >= sessionsAt) {
      sessionsAt = steady() + between(pace.sessionsMs)
      await endSessions()
    }
    if (steady() >= roundAt) {
      const slowestMs = (fanout.heads.size / headsPerSecond) * 1_000
      roundAt = steady() + Math.max(slowestMs, between(isHeard ? pace.heardMs : pace.unheardMs))
      await mendMembers()
      await hintAtMoved([...fanout.heads.keys()])
    }
  }

  const timer = setInterval(() => {
    if (isUnderWay) return
    isUnderWay = true
    look()
      .catch((err: unknown) => logger.warn({ err }, 'what other nodes have written could not be asked for'))
      .finally(() => (isUnderWay = false))
  }, pace.lookMs)
  timer.unref()
  return () => clearInterval(timer)
}

function between([from, to]: readonly [number, number]): number {
  return from + Math.random() * (to - from)
}

function* chunks<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += perQuestion) yield all.slice(from, from + perQuestion)
}
