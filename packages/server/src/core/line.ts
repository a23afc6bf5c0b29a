// A line per conversation: tasks run one after another, in the order in which they were added. Where nobody
// waits, the caller may do without. A task that fails is reported and does not hold up the next.
import type { ConversationId } from '@palabre/protocol'

export interface Line {
  /** True when nothing is under way: what is done now is in order. */
  isFree(conversationId: ConversationId): boolean
  /** Resolves when the task is done, or has failed. */
  add(conversationId: ConversationId, task: () => Promise<void>): Promise<void>
  drained(): Promise<void>
}

export function createLine(onError: (error: unknown) => void): Line {
  const tails = new Map<ConversationId, Promise<void>>()
  return {
    isFree: (conversationId) => !tails.has(conversationId),
    add(conversationId, task) {
      const tail = (tails.get(conversationId) ?? Promise.resolve()).then(task).catch(onError)
      tails.set(conversationId, tail)
      return tail.finally(() => {
        if (tails.get(conversationId) === tail) tails.delete(conversationId)
      })
    },
    async drained() {
      while (tails.size > 0) await Promise.all(tails.values())
    },
  }
}
