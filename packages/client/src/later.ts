// What is loaded when it is asked for: far places of a history, forwarding, searching, what a group is governed by.
import type { Client } from './api.ts'
import type { Engine } from './engine.ts'

export function createLater(
  engine: Engine,
  { timeline, get }: Pick<Client['messages'], 'timeline' | 'get'>,
): Pick<Client['messages'], 'segment' | 'forward'> & Pick<Client, 'search' | 'groups'> {
  const groups = async () => (await import('./features/groups.ts')).createGroups(engine)
  return {
    groups: {
      setRight: async (...input) => (await groups()).setRight(...input),
      makeLink: async (...input) => (await groups()).makeLink(...input),
      link: async (...input) => (await groups()).link(...input),
      dropLink: async (...input) => (await groups()).dropLink(...input),
      look: async (...input) => (await groups()).look(...input),
      join: async (...input) => (await groups()).join(...input),
      asking: async (...input) => (await groups()).asking(...input),
      answer: async (...input) => (await groups()).answer(...input),
    },
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
