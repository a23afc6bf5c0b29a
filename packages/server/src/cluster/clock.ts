// Time as a cluster sees it, given so that a test need not wait.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `task` after `ms`; answers how to call it off. Must not keep the process alive. */
  after(ms: number, task: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Runs `task` every `ms` from now on, until it is called off. */
export function every(clock: Clock, ms: number, task: () => void): () => void {
  let callOff = clock.after(ms, again)
  function again() {
    callOff = clock.after(ms, again)
    task()
  }
  return () => callOff()
}
