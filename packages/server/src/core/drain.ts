// Counts what is running, so that a server can stop without cutting anything off: from the moment it drains
// new operations are refused with SERVER_DRAINING (clients come back), those under way finish.
import { PalabreError } from '@palabre/protocol'
import type { Perform } from './handlers.ts'

export interface Drain {
  /** `perform`, counted. */
  readonly perform: Perform
  isDraining(): boolean
  /** Refuses new operations; resolves when those under way have ended, at the latest after `withinMs`. */
  drain(withinMs: number): Promise<void>
}

export function createDrain(inner: Perform): Drain {
  let running = 0
  let isDraining = false
  let idle: (() => void) | null = null

  return {
    isDraining: () => isDraining,
    async perform(...request) {
      if (isDraining) throw new PalabreError('SERVER_DRAINING')
      running += 1
      try {
        return await inner(...request)
      } finally {
        running -= 1
        if (running === 0) idle?.()
      }
    },
    async drain(withinMs) {
      isDraining = true
      if (running === 0) return
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        idle = resolve
        timer = setTimeout(resolve, withinMs)
      })
      clearTimeout(timer)
    },
  }
}
