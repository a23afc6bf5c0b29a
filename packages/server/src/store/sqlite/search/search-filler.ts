// Fills the index behind the log: some moments after a commit, then turn by turn with rests between them, so that people
// who wait for their messages come first. At start it goes on where it was, whatever ended it.
import type { Writer } from '../writer.ts'

/** From a commit to the first turn: what is said meanwhile goes in together. */
const waitMs = 1_000
/** Between two turns, of a few milliseconds each. */
const restMs = 40

export interface SearchFiller {
  /** Something was committed. */
  stir(): void
  /** Resolves when nothing is left. */
  settled(): Promise<void>
  stop(): void
}

export function startSearchFiller(writer: Pick<Writer, 'write'>): SearchFiller {
  let timer: ReturnType<typeof setTimeout> | null = null
  let isOver = false

  function schedule(afterMs: number): void {
    if (isOver || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      void turn()
    }, afterMs)
    timer.unref()
  }

  async function turn(): Promise<void> {
    try {
      if (await writer.write('fillSearch')) schedule(restMs)
    } catch {
      // The store is closing, or ill: whoever writes hears of that. The next commit tries again.
    }
  }

  schedule(waitMs)
  return {
    stir: () => schedule(waitMs),
    async settled() {
      while (await writer.write('fillSearch'));
    },
    stop() {
      isOver = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
