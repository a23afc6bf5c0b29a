// Waiting for something to become true, with the one deadline of all tests. Nobody sleeps.
import { setTimeout as delay } from 'node:timers/promises'
import type { Observable } from '@palabre/client'

/** Long enough for a machine that is busy with other tests; only a failing test waits for it to pass. */
export const deadlineMs = 20_000
const pollMs = 20

/** Resolves when `value` fits; says what it saw last when it never does. */
export async function observed<T>(
  observable: Observable<T>,
  fits: (value: T) => boolean,
  what: string,
  withinMs = deadlineMs,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let stop = () => {}
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`${what}: not within ${withinMs} ms; last seen: ${show(observable.get())}`))
    }, withinMs)
    const look = () => {
      const value = observable.get()
      if (!fits(value)) return
      clearTimeout(timer)
      stop()
      resolve(value)
    }
    stop = observable.subscribe(look)
    look()
  })
}

/** For what nothing tells: asks again until `ask` answers something but undefined. */
export async function eventually<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  what: string | (() => string),
  withinMs = deadlineMs,
): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > until)
      throw new Error(`${typeof what === 'string' ? what : what()}: not within ${withinMs} ms`)
    await delay(pollMs)
  }
}

/** The answer, or an error that names what was waited for. */
export async function within<T>(promise: Promise<T>, what: string, withinMs = deadlineMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${withinMs} ms`)), withinMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function show(value: unknown): string {
  const text =
    JSON.stringify(value, (_key, part: unknown) => (part instanceof Map ? [...part] : part)) ?? 'undefined'
  return text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text
}
