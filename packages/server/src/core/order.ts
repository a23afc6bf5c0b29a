// Events of one conversation leave in the order of their revs, although promises of one commit may resolve in
// another order. At once when a rev is the next one; else when everything that this commit has resolved is
// there. No rev is waited for longer: it may have been another node's (P5), and clients close gaps themselves.
import type { ConversationId } from '@palabre/protocol'

export interface Order {
  /** What comes next is the one after `rev`. */
  begin(conversationId: ConversationId, rev: number): void
  /** Runs `tell` when it is the turn of `rev`. It must not throw, nor wait. */
  inTurn(conversationId: ConversationId, rev: number, tell: () => void): void
  /** Resolves when nothing is held back. */
  settled(): Promise<void>
}

/** Conversations whose last rev is remembered; of others a first event waits for the end of its commit. */
const remembered = 50_000

export function createOrder(): Order {
  /** The last rev that was told, the least recently told first. */
  const last = new Map<ConversationId, number>()
  const held = new Map<ConversationId, { rev: number; tell: () => void }[]>()
  let flushing: Promise<void> | null = null

  function told(conversationId: ConversationId, rev: number) {
    last.delete(conversationId)
    last.set(conversationId, rev)
    const oldest = last.keys().next()
    if (last.size > remembered && !oldest.done) last.delete(oldest.value)
  }

  function flush() {
    flushing = null
    const all = [...held]
    held.clear()
    for (const [conversationId, waiting] of all) {
      waiting.sort((a, b) => a.rev - b.rev)
      for (const { rev, tell } of waiting) {
        told(conversationId, Math.max(rev, last.get(conversationId) ?? 0))
        tell()
      }
    }
  }

  return {
    begin: told,
    inTurn(conversationId, rev, tell) {
      const waiting = held.get(conversationId)
      if (waiting === undefined && last.get(conversationId) === rev - 1) {
        told(conversationId, rev)
        tell()
        return
      }
      if (waiting === undefined) held.set(conversationId, [{ rev, tell }])
      else waiting.push({ rev, tell })
      flushing ??= new Promise((resolve) => {
        setImmediate(() => {
          flush()
          resolve()
        })
      })
    },
    async settled() {
      await flushing
    },
  }
}
