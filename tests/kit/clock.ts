// A server's clock that a test moves. Timers run on in real time: what they wait for is set when they are.
export interface Clock {
  readonly now: () => number
  /** Forward only, as on a server. */
  moveBy(ms: number): void
  /** To a time since 1970, unless it is later already. */
  moveTo(at: number): void
}

export function movedClock(): Clock {
  let ahead = 0
  const now = () => Date.now() + ahead
  return {
    now,
    moveBy(ms) {
      ahead += ms
    },
    moveTo(at) {
      ahead += Math.max(0, at - now())
    },
  }
}
