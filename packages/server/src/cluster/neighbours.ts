// The other nodes, as far as they can be heard: one channel that all listen to. Each node numbers its words, so that a
// lost one is noticed at the next, and says one every second, so that silence is noticed too. A node that is silent for
// long is gone. A node hears its own words as well: while it does, the way through the bus is whole.
// Knows words only as far as it needs: what they mean is `nodes.ts`'s business.
import { every, type Clock } from './clock.ts'
import type { Link } from './link.ts'
import type { ClusterObserver } from './port.ts'
import { Envelope, type Word } from './words.ts'

/** Matched by the pattern that Redis's ACL allows (`docs/operating.md`). */
const channel = 'palabre#/#nodes#'

export interface Pace {
  beatMs: number
  /** Silence after which words may have been missed. */
  silentMs: number
  /** Silence after which a node is gone: with the grace of presence, below the 60 s of PRES-1. */
  goneMs: number
}

const askAgainBeats = 3

export const usualPace: Pace = { beatMs: 1_000, silentMs: 3_500, goneMs: 40_000 }

export interface Neighbours {
  say(word: Word): void
  /** Since when nothing that any node said has been missed; null while something may be. */
  heardSince(): number | null
  isUp(): boolean
  /** All that counts of that node is known again. */
  caughtUp(nodeId: string): void
  close(): Promise<void>
}

export interface NeighboursParts {
  link: Link
  nodeId: string
  epoch: string
  clock: Clock
  /** Milliseconds of a clock that is never set. */
  now(): number
  pace: Pace
  observer: ClusterObserver
  onWord(word: Word, from: string): void
  /** Words of this node were missed, or it is new: it is to be asked. Said again until it has caught up. */
  onMissed(nodeId: string): void
  onGone(nodeId: string): void
}

interface Neighbour {
  n: number
  heardAt: number
}

export function createNeighbours(parts: NeighboursParts): Neighbours {
  const { link, nodeId, epoch, now, pace, observer } = parts
  const others = new Map<string, Neighbour>()
  /** Those of whom something was missed, and when they were asked for it: questions may be lost as well. */
  const missed = new Map<string, number>()
  let n = 0
  let ownHeardAt: number | null = null
  let since: number | null = null
  let losses = link.losses()
  let renewedAt = now()

  function say(word: Word) {
    n += 1
    const envelope: Envelope = { from: nodeId, n, epoch, word }
    if (link.publish(channel, JSON.stringify(envelope))) observer.said()
    else observer.dropped('down')
  }

  function hear(raw: Buffer) {
    const envelope = read(raw)
    if (envelope === null) return observer.dropped('malformed')
    if (envelope.epoch !== epoch) return observer.dropped('epoch')
    const { from, word } = envelope
    if (from === nodeId) {
      noticeLoss()
      ownHeardAt = now()
      if (since === null && silent().length === 0) since = now()
      return
    }
    observer.heard()
    const before = others.get(from)
    others.set(from, { n: envelope.n, heardAt: now() })
    if (word.is === 'bye') forget(from)
    else if (envelope.n !== (before?.n ?? 0) + 1) {
      since = null
      miss(from)
    }
    parts.onWord(word, from)
  }

  function miss(id: string) {
    missed.set(id, now())
    parts.onMissed(id)
  }

  function forget(id: string) {
    others.delete(id)
    missed.delete(id)
  }

  function silent(): string[] {
    const at = now()
    return [...others].filter(([, other]) => at - other.heardAt > pace.silentMs).map(([id]) => id)
  }

  function isUp(): boolean {
    return ownHeardAt !== null && now() - ownHeardAt <= pace.silentMs && link.isUp()
  }

  function noticeLoss() {
    if (link.losses() === losses) return
    losses = link.losses()
    since = null
    ownHeardAt = null
  }

  function beat() {
    say({ is: 'beat' })
    if (!isUp()) since = null
    if (
      link.isUp() &&
      now() - (ownHeardAt ?? renewedAt) > 2 * pace.silentMs &&
      now() - renewedAt > 2 * pace.silentMs
    ) {
      renewedAt = now()
      link.renew()
    }
    for (const id of silent()) {
      since = null
      if (now() - (others.get(id)?.heardAt ?? 0) <= pace.goneMs) continue
      forget(id)
      parts.onGone(id)
    }
    for (const [id, askedAt] of missed) if (now() - askedAt > askAgainBeats * pace.beatMs) miss(id)
  }

  link.subscribe(channel, hear)
  const stop = every(parts.clock, pace.beatMs, beat)
  // As soon as it can be heard by oneself, everybody is asked who is there.
  void link.settled(pace.silentMs).then(() => {
    say({ is: 'beat' })
    say({ is: 'ask', of: null })
  })

  return {
    say,
    isUp,
    caughtUp: (id) => void missed.delete(id),
    heardSince() {
      noticeLoss()
      return isUp() ? since : null
    },
    close() {
      stop()
      say({ is: 'bye' })
      link.unsubscribe(channel)
      return link.close()
    },
  }
}

function read(raw: Buffer): Envelope | null {
  try {
    return Envelope.parse(JSON.parse(raw.toString('utf8')))
  } catch {
    return null
  }
}
