// What is loaded when it is asked for: far places of a history, and searching.
import type { Client } from './api.ts'
import type { Engine } from './engine.ts'

export function createLater(
  engine: Engine,
  timeline: Client['messages']['timeline'],
): { segment: Client['messages']['segment']; search: Client['search'] } {
  return {
    async segment(id, seq) {
      const { openSegment } = await import('./features/segment.ts')
      return openSegment(engine, id, seq, (listener) => timeline(id).subscribe(listener))
    },
    search: {
      async messages(input, signal) {
        const { searchMessages } = await import('./features/search.ts')
        return searchMessages(engine, input, signal)
      },
    },
  }
}
