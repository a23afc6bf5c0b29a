// One tab leads, the others follow (decision 0007). Who holds the lock leads: it has the connection, sends what is in
// the outbox and writes what comes from the server into the cache. The browser gives the lock to the next one when its
// tab goes, however that happens; that one reads the cache anew, connects, and asks for the difference.
// A tab of another build does not mix with these: the newest leads, an older one is told to load anew.
import { unreachable } from '../connection/http.ts'
import type { OutboxChange } from '../outbox/door.ts'
import { createFollower, type Follower } from './follower.ts'
import type { TabHost } from './host.ts'
import { createLeader, seatName, type Leading } from './leader.ts'
import { take } from './take.ts'
import { tabsVersion, type Ask, type Envelope, type News, type Word } from './words.ts'

/** How long a tab waits for a leader before it shows what the cache holds. */
const WELCOME_WAIT_MS = 250

export interface Tabs {
  /** Resolves when this tab shows what there is. */
  readonly shown: Promise<void>
  /** How to ask the tab that leads; null: this one does. */
  remote(): ((ask: Ask) => Promise<unknown>) | null
  /** This one leads others. */
  hasOthers(): boolean
  /** The outbox changed here, durably. */
  outboxChanged(change: OutboxChange): void
  /** For the others, if this one leads. */
  tell(news: News): void
  /** Neither leads nor follows any more; the lock is its owner's to let go. */
  leave(): void
}

/** `isFirst`: this tab has the lock, the cache is open and the connection too. */
export function joinTabs(host: TabHost, isFirst: boolean): Tabs {
  const { ports, lock, replica, outbox, connection } = host
  const channel = ports.channel(`palabre-tabs-${host.userId}`)
  const seat = ports.lock(seatName(host.id))
  let leader: Leading | null = null
  let follower: Follower | null = null
  let isOver = false
  let onShown: () => void = () => undefined
  const shown = new Promise<void>((resolve) => {
    onShown = resolve
  })
  let stopSignals: (() => void) | null = null

  function post(to: string | null, word: Word): void {
    if (!isOver) channel.post({ version: tabsVersion, from: host.id, to, word } satisfies Envelope)
  }

  function hear({ version, from, to, word }: Envelope): void {
    if (isOver || (to !== null && to !== host.id)) return
    if (version > tabsVersion) void stepDown()
    else if (version < tabsVersion) {
      // It leaves as soon as it hears of this one.
      if (word.say === 'leads') follower?.hello()
    } else if (word.say === 'kept') {
      const { draft } = word.kept ?? {}
      if (draft) replica.adopt((held) => take(held, { draft }))
      if (word.outbox) outbox.hear(word.outbox, false)
    } else {
      leader?.hear(from, word)
      follower?.hear(from, word, to !== null)
    }
  }

  async function follow(): Promise<void> {
    host.setRole('follower')
    replica.onKept((kept) => post(null, { say: 'kept', kept }))
    // Whoever leads sees by this lock that this tab is gone.
    await seat.held
    if (isOver) return
    follower = createFollower(host, post, onShown)
    stopSignals = host.signals.subscribe(() => follower?.noticed())
    const patience = setTimeout(() => void follower?.show(), WELCOME_WAIT_MS)
    void shown.then(() => clearTimeout(patience))
    await lock.held
    await lead()
  }

  async function lead(): Promise<void> {
    await follower?.quit()
    const me = host.me()
    if (isOver || !me || !(await host.isSignedIn())) return
    const shownBefore = outbox.all()
    const entries = await replica.open(me, host.cache).catch(() => null)
    if (isOver) return
    if (entries) outbox.restore(entries, shownBefore)
    onShown()
    connection.open()
    const { perform } = start()
    follower?.handOver((ask) => perform(ask))
    follower = null
  }

  function start(): Leading {
    host.setRole('leader')
    return (leader = createLeader(host, post))
  }

  /** Another build leads from now on. What is on the screen stays, as old as it is. */
  async function stepDown(): Promise<void> {
    host.setRole('outdated')
    end()
    connection.close(null)
    connection.mirror({ name: 'connecting', attempt: 1 }, () => Promise.reject(unreachable()))
    const me = host.me()
    if (me) await replica.open(me, host.cache, true).catch(() => undefined)
    lock.release()
  }

  function end(): void {
    isOver = true
    stopSignals?.()
    leader?.stop()
    void follower?.quit()
    follower?.handOver(null)
    leader = null
    follower = null
    replica.onKept(null)
    seat.release()
    channel.close()
    onShown()
  }

  channel.listen((word) => hear(word as Envelope))
  if (isFirst) start()
  else void follow()

  return {
    shown,
    remote: () => follower?.ask ?? null,
    hasOthers: () => leader?.hasOthers() ?? false,
    outboxChanged(change) {
      if (leader) leader.tell({ outbox: change })
      else post(null, { say: 'kept', outbox: change })
    },
    tell: (news) => leader?.tell(news),
    leave() {
      if (!isOver) end()
    },
  }
}
