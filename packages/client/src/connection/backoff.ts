// PURE: how long to wait before an attempt (CON-2). Full jitter: evenly spread over the whole interval, so that
// ten thousand clients that lost the same server do not come back in step.
import { limits } from '@palabre/protocol'

/** Milliseconds before attempt number `attempt` (1, 2, 3 …); `random` is in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  return Math.floor(random * ceilingMs(attempt))
}

/** The longest that `backoffMs` may answer for an attempt: 1 s doubling to 30 s. */
export function ceilingMs(attempt: number): number {
  // Beyond 2^20 the cap has long been reached; an unbounded power would become Infinity.
  const doublings = Math.min(Math.max(attempt - 1, 0), 20)
  return Math.min(limits.backoffMaxMs, limits.backoffFirstMs * 2 ** doublings)
}
