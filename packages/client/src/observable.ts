// The only reactive idea: a value with get() and subscribe(). Listeners hear of changes in a microtask, once
// however many changes there were in between, and never when the value is the same as they last heard.
import type { Observable } from './api.ts'

export interface Source<T> extends Observable<T> {
  set(value: T): void
}

export interface Derived<T> extends Observable<T> {
  /** What it is computed from has changed: computed anew at the next `get`. */
  invalidate(): void
}

type Listener<T> = (value: T) => void

interface Listeners<T> {
  add(listener: Listener<T>): () => void
  /** Tells everyone soon; many calls become one. */
  announce(): void
  readonly size: number
}

function createListeners<T>(get: () => T, onUsed?: (isUsed: boolean) => void): Listeners<T> {
  const listeners = new Map<object, { tell: Listener<T>; told: T }>()
  let isAnnounced = false
  return {
    get size() {
      return listeners.size
    },
    add(tell) {
      const key = {}
      listeners.set(key, { tell, told: get() })
      if (listeners.size === 1) onUsed?.(true)
      return () => {
        if (listeners.delete(key) && listeners.size === 0) onUsed?.(false)
      }
    },
    announce() {
      if (isAnnounced || listeners.size === 0) return
      isAnnounced = true
      queueMicrotask(() => {
        isAnnounced = false
        for (const [key, entry] of [...listeners]) {
          const value = get()
          if (!listeners.has(key) || Object.is(value, entry.told)) continue
          entry.told = value
          entry.tell(value)
        }
      })
    },
  }
}

/** A value that is set from outside. */
export function createSource<T>(initial: T): Source<T> {
  let value = initial
  const listeners = createListeners(() => value)
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      listeners.announce()
    },
    subscribe: (listener) => listeners.add(listener),
  }
}

/**
 * A value computed when someone looks, and kept until `invalidate`.
 * `onUsed` hears when the first listener comes and when the last one goes.
 */
export function createDerived<T>(compute: () => T, onUsed?: (isUsed: boolean) => void): Derived<T> {
  let held: { value: T } | null = null
  const get = () => (held ??= { value: compute() }).value
  const listeners = createListeners(get, onUsed)
  return {
    get,
    invalidate() {
      held = null
      listeners.announce()
    },
    subscribe: (listener) => listeners.add(listener),
  }
}

/** A value that follows another one. */
export function derive<A, T>(source: Observable<A>, compute: (value: A) => T): Observable<T> {
  let held: { from: A; value: T } | null = null
  const get = () => {
    const from = source.get()
    if (held === null || !Object.is(held.from, from)) held = { from, value: compute(from) }
    return held.value
  }
  return {
    get,
    subscribe(listener) {
      let told = get()
      return source.subscribe(() => {
        const value = get()
        if (Object.is(value, told)) return
        told = value
        listener(value)
      })
    },
  }
}
