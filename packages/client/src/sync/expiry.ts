// The server's clock as this device knows it, and what disappears by it (DIS-4): a message whose time is over is drawn
// no more from that moment on, though the change that empties it comes later, or only when there is a network again.
import { type ConversationId } from '@palabre/protocol'
import type { Timeline } from './timeline.ts'

export interface Expiry {
  /** Milliseconds since 1970, as on the server. */
  now(): number
  /** The server has said what time it is. */
  heard(serverNow: number): void
  /** A conversation's timeline moved: waits for the next of its messages to end. Null: look at all. */
  moved(id: ConversationId | null): void
  stop(): void
}

/** Timers hold no more than this many milliseconds. */
const longest = 2 ** 31 - 1

export function createExpiry(parts: {
  timelines: ReadonlyMap<ConversationId, Timeline>
  now(): number
  /** Something of this conversation is to be drawn no more. */
  onOver(id: ConversationId): void
}): Expiry {
  const { timelines } = parts
  const timers = new Map<ConversationId, ReturnType<typeof setTimeout>>()
  let ahead = 0
  const now = () => parts.now() + ahead

  function watch(id: ConversationId): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
    const timeline = timelines.get(id)
    // Nothing ever disappeared here: the usual case costs nothing.
    if (timeline?.conversation.settings.expireAfterMs === undefined) return
    const at = now()
    const ends = timeline.messages.flatMap(({ expiresAt, deletedAt }) =>
      expiresAt === null || deletedAt !== null || expiresAt <= at ? [] : [expiresAt],
    )
    if (ends.length === 0) return
    const wait = Math.min(...ends) - at
    timers.set(
      id,
      setTimeout(
        () => {
          parts.onOver(id)
          watch(id)
        },
        Math.min(wait, longest),
      ),
    )
  }

  return {
    now,
    heard(serverNow) {
      ahead = serverNow - parts.now()
    },
    moved(id) {
      for (const each of id === null ? timelines.keys() : [id]) watch(each)
    },
    stop() {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}
