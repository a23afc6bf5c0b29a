// What the seal in the info pane says: whether what this device holds is what the server holds. Looking makes the
// engine compare, so the answer is of now.
import type { ConversationId } from '@palabre/protocol'
import { computed, type ComputedRef } from 'vue'
import { client, useObservable } from '../../../client.ts'

export type Seal =
  | { name: 'checking' }
  | { name: 'verified'; at: number }
  /** So many messages had to be mended. */
  | { name: 'mended'; at: number; count: number }
  | { name: 'unverified'; at: number }

/** Null while there is nothing to say: not compared, and nobody to compare with. */
export function useHistory(conversationId: string): ComputedRef<Seal | null> {
  const history = useObservable(client.conversations.history(conversationId as ConversationId))
  const connection = useObservable(client.connection)
  return computed(() => {
    const state = history.value
    switch (state.name) {
      case 'unknown':
        return connection.value.name === 'online' ? { name: 'checking' } : null
      case 'verified':
        return state.repaired > 0
          ? { name: 'mended', at: state.at, count: state.repaired }
          : { name: 'verified', at: state.at }
      default:
        return state
    }
  })
}
