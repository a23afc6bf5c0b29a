// A tab that follows: shows what the leader has put into the cache they share, asks it for what only it can do, and
// asks its successor when it is gone. It reads the cache when it is welcomed; what it hears while it reads waits, and
// when a number is missing it reads anew. Nobody is told what is not in the cache yet, so nothing falls between.
import type { InputOf, OperationName, Output } from '@palabre/protocol'
import type { Call } from '../connection/connection.ts'
import { unreachable } from '../connection/http.ts'
import type { TabHost } from './host.ts'
import { take } from './take.ts'
import { errorOf, isRepeatable, type Ask, type Attention, type News, type Word } from './words.ts'

/** Longer than the leader itself waits for the server. */
const ASK_TIMEOUT_MS = 30_000

export interface Follower {
  hear(from: string, word: Word, isToMe: boolean): void
  /** @throws what the leader threw; STORE_UNAVAILABLE when nobody answers in time. */
  ask(ask: Ask): Promise<unknown>
  /** Tells that this tab is here, and asks for what it may have missed. */
  hello(): void
  /** Someone came, or looked away. */
  noticed(): void
  /** Nobody leads yet, or nobody answers: shows what is in the cache. */
  show(): Promise<void>
  /** Follows no more; resolves when nothing of it is under way. */
  quit(): Promise<void>
  /** What is still asked for is done by `perform`, or not at all. */
  handOver(perform: ((ask: Ask) => Promise<unknown>) | null): void
}

interface Asked {
  ask: Ask
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  timer: ReturnType<typeof setTimeout>
}

export function createFollower(
  host: TabHost,
  post: (to: string | null, word: Word) => void,
  onShown: () => void,
): Follower {
  const { replica, outbox, connection } = host
  const asked = new Map<number, Asked>()
  let asks = 0
  let leader: string | null = null
  /** The last news that counts; null while nobody has welcomed this tab. */
  let n: number | null = null
  /** While the cache is read: what comes meanwhile. */
  let early: News[] | null = null
  /** Names the latest reading; they come one after the other. */
  let reading = 0
  let line = Promise.resolve()
  let isOver = false

  function attention(): Attention {
    const isVisible = host.signals.isVisible()
    return { isVisible, isFocused: isVisible && (host.signals.isFocused?.() ?? true) }
  }

  function hello(): void {
    n = null
    post(null, { say: 'hello', ...attention() })
  }

  function leads(from: string, word: Word & { say: 'leads' }, isToMe: boolean): void {
    const isNew = leader !== from
    leader = from
    if (isNew) askAgain()
    if (!isToMe) return hello()
    n = word.n
    early = [
      { state: word.state, outbox: word.outbox, ...(word.whole ? { kept: { write: word.whole } } : {}) },
    ]
    void read()
  }

  function read(): Promise<void> {
    const mine = ++reading
    line = line.then(async () => {
      const me = host.me()
      if (isOver || mine !== reading || !me) return
      const shownBefore = outbox.all()
      const entries = await replica.open(me, host.cache, true).catch(() => null)
      if (isOver || mine !== reading || entries === null) return
      outbox.restore(entries, shownBefore)
      const waiting = early ?? []
      early = null
      waiting.forEach(apply)
      onShown()
    })
    return line
  }

  function hearNews(from: string, word: Word & { say: 'news' }): void {
    if (from !== leader || n === null || word.n <= n) return
    if (word.n > n + 1) return hello()
    n = word.n
    if (early) early.push(word.news)
    else apply(word.news)
  }

  /** The news is at `now`: if this tab is not, something did not arrive. */
  function missed(from: string, now: number): void {
    if (from === leader && n !== null && now > n) hello()
  }

  function apply({ kept, outbox: change, state, typing, presence, upload }: News): void {
    if (kept) replica.adopt((held) => take(held, kept))
    if (kept?.write?.messages) host.seen(kept.write.messages)
    if (change) outbox.hear(change, true)
    if (state) {
      connection.mirror(state, call)
      host.leaderIs(state.name === 'online')
    }
    if (typing) host.typing(typing)
    if (presence) host.presence.heard(presence)
    if (upload) host.uploads.hear(upload.messageId, upload.progress)
  }

  const call: Call = async <N extends OperationName>(name: N, input: InputOf<N>) =>
    // The leader's word for it: it is what the server answered to the same operation.
    (await ask({ do: 'call', name, input })) as Output<N>

  function ask(wanted: Ask): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++asks
      const timer = setTimeout(() => settle(id)?.reject(unreachable()), ASK_TIMEOUT_MS)
      asked.set(id, { ask: wanted, resolve, reject, timer })
      if (leader !== null) post(leader, { say: 'ask', id, ask: wanted })
    })
  }

  function settle(id: number): Asked | null {
    const held = asked.get(id)
    asked.delete(id)
    clearTimeout(held?.timer)
    return held ?? null
  }

  /** The one before may have done it or not: what can be done twice is asked of the new one. */
  function askAgain(): void {
    for (const [id, { ask: wanted }] of [...asked])
      if (isRepeatable(wanted)) post(leader, { say: 'ask', id, ask: wanted })
      else settle(id)?.reject(unreachable())
  }

  connection.mirror({ name: 'connecting', attempt: 1 }, call)
  hello()

  return {
    ask,
    hear(from, word, isToMe) {
      if (word.say === 'news') hearNews(from, word)
      else if (word.say === 'leads') leads(from, word, isToMe)
      else if (word.say === 'level') missed(from, word.n)
      else if (word.say === 'answer') {
        // What it caused was told before.
        missed(from, word.n)
        const held = settle(word.id)
        if (word.error) held?.reject(errorOf(word.error))
        else held?.resolve(word.value)
      }
    },
    hello,
    noticed: () => post(leader, { say: 'looks', ...attention() }),
    show: read,
    quit() {
      isOver = true
      return line
    },
    handOver(perform) {
      host.leaderIs(false)
      for (const [id, { ask: wanted }] of [...asked]) {
        const held = settle(id)
        if (!held) continue
        if (perform && isRepeatable(wanted)) perform(wanted).then(held.resolve, held.reject)
        else held.reject(unreachable())
      }
    },
  }
}
