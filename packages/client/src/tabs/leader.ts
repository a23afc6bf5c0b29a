// The tab that leads: tells the others what it has put into the cache they share, how the connection is and who is
// typing; does what they ask for; and knows which of them there are. A tab that is gone is noticed by its own lock.
// While nobody follows it says nothing.
import type { InputOf, UserId } from '@palabre/protocol'
import type { LiveEntry } from '../outbox/overlay.ts'
import type { Leader, TabHost } from './host.ts'
import type { TabLock } from './ports.ts'
import { toldOf, type Ask, type Attention, type News, type Word } from './words.ts'

/** After so long without any, the leader says how far the news is. */
const QUIET_MS = 1_000

/** Another tab, as the leader knows it. */
interface Seat {
  attention: Attention
  isAway: boolean
  /** Whom it watches, and how to stop. */
  watched: Map<UserId, () => void>
  lock: TabLock
}

export interface Leading extends Leader {
  hear(from: string, word: Word): void
}

/** The lock that a tab holds as long as it lives. */
export const seatName = (tab: string) => `palabre-tab-${tab}`

export function createLeader(host: TabHost, post: (to: string | null, word: Word) => void): Leading {
  const { replica, outbox, connection } = host
  const seats = new Map<string, Seat>()
  let n = 0
  let isOver = false
  let quiet: ReturnType<typeof setTimeout> | undefined

  function tell(news: News): void {
    if (seats.size === 0 || isOver) return
    post(null, { say: 'news', n: ++n, news })
    clearTimeout(quiet)
    quiet = setTimeout(() => level(null), QUIET_MS)
  }

  /** How far the news is: who misses the last of it sees so by this alone. */
  function level(to: string | null): void {
    if (!isOver) post(to, { say: 'level', n })
  }

  function leads(to: string | null): void {
    // To all it is only said that there is a leader: who wants to follow comes and is told the rest.
    const isKept = to === null || (host.cache.isLevel?.() ?? true)
    const shown = to === null ? [] : outbox.all().filter((entry) => entry.acked !== null || !isKept)
    post(to, {
      say: 'leads',
      n,
      state: connection.state.get(),
      whole: isKept ? null : { ...replica.whole(), clear: true },
      // In no cache any more, or in none at all; still to be shown.
      outbox: { put: shown },
    })
  }

  function welcome(tab: string, { isVisible, isFocused }: Attention): void {
    const known = seats.get(tab)
    const attention = { isVisible, isFocused }
    if (known) known.attention = attention
    else {
      const lock = host.ports.lock(seatName(tab))
      seats.set(tab, { attention, isAway: false, watched: new Map(), lock })
      void lock.held.then(() => gone(tab))
    }
    noticed()
  }

  function gone(tab: string): void {
    const seat = seats.get(tab)
    seats.delete(tab)
    seat?.lock.release()
    for (const stop of seat?.watched.values() ?? []) stop()
    if (isOver) return
    noticed()
    // What it wrote last it may not have told any more.
    replica
      .inCache((cache) => cache.read())
      .then((held) =>
        outbox.hear({ put: held.outbox.map((entry): LiveEntry => ({ ...entry, acked: null })) }, false),
      )
      .catch(() => undefined)
  }

  function noticed(): void {
    const all = [...seats.values()]
    host.othersAre({
      isVisible: all.some(({ attention }) => attention.isVisible),
      isFocused: all.some(({ attention }) => attention.isFocused),
    })
    host.presence.setOthersAway(all.every((seat) => seat.isAway))
  }

  /**
   * One socket watches for all: those whom a tab watches are watched here. How they are now is told like every change
   * of it: an answer waits for the cache, and would come after what has changed meanwhile.
   */
  function watch(seat: Seat, userIds: readonly UserId[]): void {
    for (const [userId, stop] of seat.watched) {
      if (userIds.includes(userId)) continue
      seat.watched.delete(userId)
      stop()
    }
    for (const userId of userIds) {
      const source = host.presence.of(userId)
      if (!seat.watched.has(userId))
        seat.watched.set(
          userId,
          source.subscribe((presence) => presence && tell({ presence })),
        )
      const presence = source.get()
      if (presence) tell({ presence })
    }
  }

  async function call({ name, input }: Ask & { do: 'call' }, seat: Seat | undefined): Promise<unknown> {
    if (seat && name === 'watchPresence') {
      watch(seat, (input as InputOf<'watchPresence'>).userIds as UserId[])
      return { presences: [] }
    }
    if (seat && name === 'setStatus') {
      seat.isAway = (input as InputOf<'setStatus'>).status === 'away'
      noticed()
      return {}
    }
    return await connection.call(name, input as InputOf<typeof name>)
  }

  async function perform(ask: Ask, tab: string | null = null): Promise<unknown> {
    switch (ask.do) {
      case 'call':
        return await call(ask, tab === null ? undefined : seats.get(tab))
      case 'sync':
        return await host.sync.request(ask.what)
      case 'loadUntil':
        return await host.messages.loadUntil(ask.id, ask.seq)
      case 'retry':
        return await outbox.retry(ask.id, ask.messageId)
      case 'discard':
        return await outbox.discard(ask.id, ask.messageId)
      case 'cancel':
        return await outbox.cancel(ask.id, ask.messageId)
      case 'markRead':
        return host.receipts.markRead(ask.id, ask.seq)
    }
  }

  async function answer(to: string, id: number, ask: Ask): Promise<void> {
    const done = await perform(ask, to).then(
      (value) => ({ value, error: null }),
      (error: unknown) => ({ value: null, error: toldOf(error) }),
    )
    // What it caused is in the cache, and told, before the answer.
    await replica.inCache(() => Promise.resolve()).catch(() => undefined)
    if (!isOver) post(to, { say: 'answer', id, n, ...done })
  }

  replica.onKept((kept) => tell({ kept }))
  const stopState = connection.state.subscribe((state) => {
    // Who signs out says so itself; who closes leaves the rest to the next one.
    if (state.name !== 'signedOut') tell({ state })
  })
  leads(null)

  return {
    tell,
    perform,
    hasOthers: () => seats.size > 0,
    hear(from, word) {
      if (word.say === 'hello') {
        welcome(from, word)
        leads(from)
      } else if (word.say === 'looks') {
        welcome(from, word)
        level(from)
      } else if (word.say === 'ask') void answer(from, word.id, word.ask)
    },
    stop() {
      isOver = true
      clearTimeout(quiet)
      stopState()
      replica.onKept(null)
      for (const tab of [...seats.keys()]) gone(tab)
    },
  }
}
