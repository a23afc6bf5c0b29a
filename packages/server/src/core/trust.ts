// How long what was read from the store may be believed. Nobody else writes: for ever. Other nodes write, and every word
// of theirs is heard: as long as nothing was said of it, which is for its readers to notice. Words may be missing: for a
// moment, so that a hot conversation is not read for every message (P5, SEC-7).
import type { Commits } from '../cluster/port.ts'

const momentMs = 1_000

export interface Trust {
  /** `readAt`: when the reading began, by `now`. */
  isFresh(readAt: number): boolean
  now(): number
}

/** `commits`: absent where nobody else writes. */
export function createTrust(commits: Pick<Commits, 'heardSince' | 'now'> | undefined): Trust {
  if (commits === undefined) return { isFresh: () => true, now: () => 0 }
  return {
    isFresh(readAt) {
      const since = commits.heardSince()
      return (since !== null && readAt >= since) || commits.now() - readAt <= momentMs
    },
    now: () => commits.now(),
  }
}
