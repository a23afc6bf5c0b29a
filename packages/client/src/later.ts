// What is loaded when it is asked for: far places of a history, forwarding, and searching.
import type { Client } from './api.ts'
import type { Engine } from './engine.ts'

export function createLater(
  engine: Engine,
  { timeline, get }: Pick<Client['messages'], 'timeline' | 'get'>,
): Pick<Client['messages'], 'segment' | 'forward'> & Pick<Client, 'search'> {
  return {
    async segment(id, seq) {
      const { openSegment } = await import('./features/segment.ts')
      return openSegment(engine, id, seq, (listener) => timeline(id).subscribe(listener))
    },
    async forward(from, messageIds, to) {
      const { createForward } = await import('./features/forward.ts')
      return createForward(engine, { get })(from, messageIds, to)
    },
    search: {
      async messages(input, signal) {
        const { searchMessages } = await import('./features/search.ts')
        return searchMessages(engine, input, signal)
      },
    },
  }
}
