// Lets through a few at a time, in order: so many in each turn of the event loop, and between two turns whatever
// else has come in is served. For what thousands ask for at once (connecting, catching up after a restart), so that
// those who are there already do not wait behind all of them.

export interface Turnstile {
  /** Resolves when it is one's turn: at once while there are few. */
  pass(): Promise<void>
  /** How many wait. */
  readonly length: number
}

export function createTurnstile(perTurn: number): Turnstile {
  const waiting: (() => void)[] = []
  let passed = 0
  let isTurning = false

  function turn() {
    const next = waiting.splice(0, perTurn)
    passed = next.length
    isTurning = passed > 0
    if (isTurning) setImmediate(turn)
    for (const enter of next) enter()
  }

  return {
    get length() {
      return waiting.length
    },
    async pass() {
      if (!isTurning) {
        isTurning = true
        setImmediate(turn)
      }
      if (passed < perTurn && waiting.length === 0) {
        passed += 1
        return
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    },
  }
}
