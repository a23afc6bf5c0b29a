// Taking the next number where nobody hands numbers out: whoever stores highest + 1 first has it, because a unique index
// refuses it to everybody else, who then look again. Within one process those who would race stand in a queue.
import { setTimeout as sleep } from 'node:timers/promises'
import { PalabreError } from '@palabre/protocol'
import { MongoServerError } from 'mongodb'

/** Numbers that a document remembers having had, the latest. */
export const revsKept = 256
/**
 * After this a writer gives up. It is also why so few numbers need be remembered: one is taken again only by a writer
 * that read the highest longer ago than a document takes to change 256 times, and such a writer has given up by then.
 */
const patienceMs = 10_000
/** The longest wait between two attempts. */
const pauseMaxMs = 64

/** A number, or a name, that somebody else has taken; or a write that met another one. */
export function isTaken(error: unknown): boolean {
  return error instanceof MongoServerError && (error.code === 11_000 || error.code === 112)
}

/** How long, and how often, somebody tries again. */
export interface Patience {
  /** Before another attempt. @throws STORE_UNAVAILABLE when others are always faster */
  wait(): Promise<void>
  /** An attempt has succeeded: the next one is a first one. */
  calm(): void
}

export function createPatience(): Patience {
  let until: number | null = null
  let pause = 1
  return {
    async wait() {
      const now = performance.now()
      until ??= now + patienceMs
      if (now >= until)
        throw new PalabreError('STORE_UNAVAILABLE', { cause: new Error('others were always faster') })
      await sleep(Math.random() * pause)
      pause = Math.min(2 * pause, pauseMaxMs)
    },
    calm() {
      until = null
      pause = 1
    },
  }
}

/**
 * Attempts until one answers. `undefined`: what it had read was not true any more.
 * @throws STORE_UNAVAILABLE when others are always faster
 */
export async function untilTaken<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const patience = createPatience()
  for (;;) {
    try {
      const taken = await attempt()
      if (taken !== undefined) return taken
    } catch (error) {
      if (!isTaken(error)) throw error
    }
    await patience.wait()
  }
}

/** Runs what belongs to the same key one after the other. */
export interface Lanes {
  run<T>(key: string, work: () => Promise<T>): Promise<T>
}

export function createLanes(): Lanes {
  const ends = new Map<string, Promise<unknown>>()
  return {
    run(key, work) {
      const before = ends.get(key)
      const result = before === undefined ? work() : before.then(work)
      const end: Promise<void> = result.then(
        () => leave(key, end),
        () => leave(key, end),
      )
      ends.set(key, end)
      return result
    },
  }

  function leave(key: string, end: Promise<unknown>): void {
    if (ends.get(key) === end) ends.delete(key)
  }
}
