// Virtual time. While it is installed, every timer of the process is one of its own: nothing waits, and what is due runs in
// one order, each to its end, with all promises that follow from it, before the next. Who set a timer owns it; when
// somebody dies their timers go with them, as those of a killed process do.

export interface Clock {
  /** Milliseconds since 1970, as it is in the simulation. */
  now(): number
  /** Somebody does something later, in a turn of their own: what timers it sets, and what follows from it, are theirs. */
  after(ms: number, owner: string, job: () => void): void
  /** Somebody still has something to do. */
  owes(owner: string): boolean
  /** All timers of somebody are gone. */
  end(owner: string): void
  /** Lets time pass. */
  pass(ms: number): Promise<void>
  /** Lets time pass until it holds; false when it does not after `withinMs`. */
  until(holds: () => boolean, withinMs: number): Promise<boolean>
  /** Lets time pass until the promise is settled. */
  settled<T>(promise: Promise<T>, withinMs?: number): Promise<T>
}

interface Timer {
  at: number
  order: number
  owner: string
  job: () => void
  everyMs: number | null
  isOn: boolean
}

/** 1 January 2026. */
const startsAt = Date.UTC(2026, 0, 1)
const nextTurn = globalThis.setImmediate

/** Runs promises and ticks to their end within this turn, as Node does between two jobs of its own; it has no other name. */
const { _tickCallback: runToEnd } = process as unknown as { _tickCallback: () => void }

/** Takes the process's clock and timers over, until `restore`. */
export function installClock(random: () => number): Clock & { restore(): void } {
  const heap: Timer[] = []
  let now = startsAt
  let order = 0
  let owner = 'world'

  function add(ms: unknown, job: () => void, everyMs: number | null = null): Timer {
    const delay = typeof ms === 'number' && ms > 0 ? Math.min(Math.ceil(ms), 2 ** 31 - 1) : 0
    const timer: Timer = { at: now + delay, order: order++, owner, job, everyMs, isOn: true }
    push(heap, timer)
    return timer
  }

  /** The next timer, and everything that follows from it; false: none is due by then. */
  function step(untilAt: number): boolean {
    let timer = heap[0]
    while (timer !== undefined && !timer.isOn) {
      pop(heap)
      timer = heap[0]
    }
    if (timer === undefined || timer.at > untilAt) return false
    pop(heap)
    now = timer.at
    owner = timer.owner
    if (timer.everyMs === null) timer.isOn = false
    else push(heap, Object.assign(timer, { at: now + Math.max(1, timer.everyMs), order: order++ }))
    timer.job()
    runToEnd()
    owner = 'world'
    return true
  }

  /** All of it in one turn of the real loop: a turn for each timer would cost as much as what the timers do. */
  function run(holds: () => boolean, withinMs: number): boolean {
    const end = now + withinMs
    while (!holds()) {
      if (step(end)) continue
      now = end
      return holds()
    }
    return true
  }

  /** Begins when everything that has just run has come to its end. */
  function until(holds: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      nextTurn(() => {
        try {
          resolve(run(holds, withinMs))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
  }

  const clock: Clock = {
    now: () => now,
    after(ms, who, job) {
      const before = owner
      owner = who
      add(ms, job)
      owner = before
    },
    owes: (who) => heap.some((timer) => timer.isOn && timer.owner === who),
    end(who) {
      for (const timer of heap) if (timer.owner === who) timer.isOn = false
    },
    async pass(ms) {
      await until(() => false, ms)
    },
    until,
    async settled(promise, withinMs = 60_000) {
      let isSettled = false
      const seen = promise.finally(() => (isSettled = true))
      seen.catch(() => undefined)
      if (!(await until(() => isSettled, withinMs))) throw new Error('it does not come to an end')
      return seen
    },
  }
  return { ...clock, restore: takeOver(add, () => now, random) }
}

/** Puts virtual time in the place of the process's; answers how to put it back. */
function takeOver(
  add: (ms: unknown, job: () => void, everyMs?: number) => Timer,
  now: () => number,
  random: () => number,
): () => void {
  const handle = (timer: Timer) => {
    const made = {
      timer,
      ref: () => made,
      unref: () => made,
      hasRef: () => timer.isOn,
      refresh: () => made,
      close: () => made,
    }
    return made
  }
  const clear = (made: unknown) => {
    if (typeof made === 'object' && made !== null && 'timer' in made) (made.timer as Timer).isOn = false
  }
  type Job = (...args: unknown[]) => void
  const instead = {
    setTimeout: (job: Job, ms?: number, ...args: unknown[]) => handle(add(ms, () => job(...args))),
    setInterval: (job: Job, ms = 1, ...args: unknown[]) => handle(add(ms, () => job(...args), ms)),
    setImmediate: (job: Job, ...args: unknown[]) => handle(add(0, () => job(...args))),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  }
  const before = Object.fromEntries(
    Object.keys(instead).map((name) => [name, globalThis[name as keyof typeof instead]]),
  )
  const { now: dateNow } = Date
  const { random: mathRandom } = Math
  const performanceNow = performance.now.bind(performance)
  const { timeout } = AbortSignal
  Object.assign(globalThis, instead)
  Object.assign(Date, { now })
  Object.assign(Math, { random })
  performance.now = now
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController()
    add(ms, () => controller.abort())
    return controller.signal
  }
  return () => {
    Object.assign(globalThis, before)
    Object.assign(Date, { now: dateNow })
    Object.assign(Math, { random: mathRandom })
    performance.now = performanceNow
    AbortSignal.timeout = timeout
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length
  heap.push(timer)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above] as Timer
    if (!isBefore(timer, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = timer
}

function pop(heap: Timer[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    const left = 2 * at + 1
    const right = left + 1
    if (left >= heap.length) break
    const below = right < heap.length && isBefore(heap[right] as Timer, heap[left] as Timer) ? right : left
    const child = heap[below] as Timer
    if (!isBefore(child, last)) break
    heap[at] = child
    at = below
  }
  heap[at] = last
}
