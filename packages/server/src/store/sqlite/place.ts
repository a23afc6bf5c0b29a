// PURE: where the next batch is committed: `here`, on the server's thread, or in the writer's thread (decision 0003).
// Here costs the least while commits are quick and few; a slow disk, or much to write, belongs into the thread.
// It begins in the thread, and looks back every second. What would hold up the sockets for long is left at once.

/** Every so often it is decided anew, in milliseconds. */
const lookMs = 1_000
/**
 * What commits take on average, in milliseconds: at most this much to come here, at most that much to stay. In the
 * thread more is gathered into one, and on few cores the time holds the server's own work: it is a guess from above.
 */
const quickMs = { toCome: 2, toStay: 1.5 }
/** Part of the time that commits may take away from the sockets. */
const shareMax = 0.5
/** Operations a second. Above it, batches in the thread cost less than commits here. */
const perSecond = { toCome: 1_200, toStay: 1_500 }
/** Operations of one batch: more have gathered only where much is going on. */
const batchMax = 8
/** A commit that took this long has held up every socket: that ends it at once. */
const stallMs = 20
/** After it went badly here, none is made here for so long. */
const restMs = 10_000
/** Commits here until the thread takes one, which copies the log home if it has grown. */
const turnEvery = 1_500

export type Place = 'here' | 'thread'

export interface Places {
  /** Where the next batch goes. */
  next(operations: number): Place
  /** To be told of every commit. `now`: milliseconds of a clock that only grows. */
  done(by: Place, operations: number, durationMs: number, now: number): void
}

interface Look {
  since: number
  commits: number
  operations: number
  ms: number
}

export function createPlaces(): Places {
  let place: Place = 'thread'
  let look: Look | null = null
  let restUntil = -Infinity
  let sinceTurn = 0

  function begin(at: Place, now: number): void {
    place = at
    look = { since: now, commits: 0, operations: 0, ms: 0 }
  }

  /** What the last second says. */
  function decide({ since, commits, operations, ms }: Look, now: number): Place {
    const bound = place === 'here' ? 'toStay' : 'toCome'
    const isQuick = ms <= quickMs[bound] * commits && ms <= shareMax * (now - since)
    // Seen from here it was not so quick after all: no going to and fro every second.
    if (place === 'here' && !isQuick) restUntil = now + restMs
    const isCalm = operations * 1_000 <= perSecond[bound] * (now - since)
    return isQuick && isCalm && now >= restUntil ? 'here' : 'thread'
  }

  return {
    next(operations) {
      if (operations > batchMax) place = 'thread'
      return sinceTurn >= turnEvery ? 'thread' : place
    },
    done(by, operations, durationMs, now) {
      const isTurn = by !== place
      sinceTurn = by === 'here' ? sinceTurn + 1 : 0
      // In its turn the thread may have copied the log home, which says nothing about commits.
      if (isTurn) return
      if (look === null) return begin('thread', now)
      if (durationMs >= stallMs) restUntil = now + restMs
      look.commits += 1
      look.operations += operations
      look.ms += durationMs
      if (now - look.since >= lookMs) begin(decide(look, now), now)
      else if (now < restUntil) place = 'thread'
    },
  }
}
