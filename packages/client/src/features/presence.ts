// Presence and typing (PRES-1): people are watched while someone subscribes to them, at most 200, and the set is told
// to the server a moment after it changed. Nothing of it is kept.
import { limits, type Presence, type TypingState, type ConversationId, type UserId } from '@palabre/protocol'
import type { Client, Observable } from '../api.ts'
import type { Engine } from '../engine.ts'
import { createDerived, type Derived } from '../observable.ts'

export interface PresenceFeature {
  readonly api: Client['presence']
  heard(presence: Presence): void
  /** Whether all other tabs of this person are: one that is not speaks for all. */
  setOthersAway(areAway: boolean): void
  connected(): void
  disconnected(): void
}

/** Scrolling through a list must not ask at every row. */
const WATCH_WAIT_MS = 100
/** Said again while one goes on writing, before the notice expires at the other side. */
const TYPING_AGAIN_MS = limits.typingMs / 2

export function createPresence(engine: Engine): PresenceFeature {
  const { connection } = engine
  const views = new Map<UserId, Derived<Presence | null>>()
  const known = new Map<UserId, Presence>()
  const watched = new Set<UserId>()
  const said = new Map<ConversationId, { state: TypingState; at: number }>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isReady = false
  let isAway = false
  let areOthersAway = true

  function of(userId: UserId): Observable<Presence | null> {
    const held = views.get(userId)
    if (held) return held
    const made = createDerived(
      () => known.get(userId) ?? null,
      (isUsed) => {
        if (isUsed) {
          // Looked at last: it pushes out who has been there longest.
          watched.delete(userId)
          watched.add(userId)
        } else watched.delete(userId)
        planWatch()
      },
    )
    views.set(userId, made)
    return made
  }

  function planWatch(): void {
    if (!isReady || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      void watch()
    }, WATCH_WAIT_MS)
  }

  async function watch(): Promise<void> {
    if (!connection.isConnected()) return
    const userIds = [...watched].slice(-limits.watchedUsers)
    try {
      const { presences } = await connection.call('watchPresence', { userIds })
      for (const presence of presences) heard(presence)
    } catch {
      // Shown as unknown; the next change of the set, or the next connection, asks again.
    }
  }

  function heard(presence: Presence): void {
    known.set(presence.userId, presence)
    views.get(presence.userId)?.invalidate()
  }

  function setAway(mine: boolean, others: boolean): void {
    const was = isAway && areOthersAway
    isAway = mine
    areOthersAway = others
    const is = isAway && areOthersAway
    if (isReady && is !== was) say(connection.call('setStatus', { status: is ? 'away' : 'online' }))
  }

  function say(job: Promise<unknown>): void {
    // Ephemeral: lost is lost.
    job.catch(() => undefined)
  }

  return {
    heard,
    setOthersAway: (next) => setAway(isAway, next),
    connected() {
      isReady = true
      if (isAway && areOthersAway) say(connection.call('setStatus', { status: 'away' }))
      if (watched.size > 0) planWatch()
    },
    disconnected() {
      isReady = false
      clearTimeout(timer)
      timer = undefined
      said.clear()
      // Without a connection nobody knows.
      known.clear()
      for (const view of views.values()) view.invalidate()
    },
    api: {
      of,
      setTyping(conversationId, state) {
        const last = said.get(conversationId)
        const isSame = (last?.state ?? 'idle') === state
        if (isSame && (state === 'idle' || engine.now() - (last?.at ?? 0) < TYPING_AGAIN_MS)) return
        said.set(conversationId, { state, at: engine.now() })
        if (isReady && connection.isConnected()) say(connection.call('setTyping', { conversationId, state }))
      },
      setAway: (next) => setAway(next, areOthersAway),
    },
  }
}
