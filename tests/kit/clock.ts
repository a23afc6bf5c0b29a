// A server's clock that stands still until a test moves it, so that nothing depends on how long a test takes.
// Timers run in real time all the same: how long they wait is decided when they are set.
export interface Clock {
  readonly now: () => number
  moveBy(ms: number): void
  /** To a time since 1970; forward only, as on a server. */
  moveTo(at: number): void
}

export function movedClock(): Clock {
  let at = Date.now()
  return {
    now: () => at,
    moveBy(ms) {
      at += ms
    },
    moveTo(time) {
      at = Math.max(at, time)
    },
  }
}
