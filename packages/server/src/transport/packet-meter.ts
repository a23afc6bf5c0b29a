// How fast one socket may talk (SECURITY §4.6): a bucket that refills steadily, so that an honest burst
// (coming back after a tunnel) passes and a flood does not. No timers, no clock of its own.

/** Packets a second, and how many at once. */
const steadyPerSecond = 50
const burst = 200
/** A breach is a second in which the bucket ran dry; this many in the window close the socket. */
const breachesToClose = 3
const breachWindowMs = 10_000
/** Packets a minute that no client of ours would send. */
const violationsToClose = 20
const violationWindowMs = 60_000

export interface PacketMeter {
  /** Milliseconds to wait before the next packet; 0 when this one may pass. */
  take(now: number): number
  /** To be told of a packet that makes no sense. */
  violated(now: number): void
  /** True when this socket has gone too far. */
  isExhausted(): boolean
}

export function createPacketMeter(startedAt: number): PacketMeter {
  let level = burst
  let filledAt = startedAt
  let breaches: number[] = []
  let violations: number[] = []

  return {
    take(now) {
      level = Math.min(burst, level + ((now - filledAt) * steadyPerSecond) / 1_000)
      filledAt = now
      if (level >= 1) {
        level -= 1
        return 0
      }
      breaches = breaches.filter((at) => now - at < breachWindowMs)
      if (now - (breaches.at(-1) ?? -Infinity) >= 1_000) breaches.push(now)
      return Math.ceil(((1 - level) * 1_000) / steadyPerSecond)
    },
    violated(now) {
      violations = [...violations.filter((at) => now - at < violationWindowMs), now]
    },
    isExhausted: () => breaches.length >= breachesToClose || violations.length >= violationsToClose,
  }
}
