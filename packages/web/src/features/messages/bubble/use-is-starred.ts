// Whether the person has starred a message.
import { computed } from 'vue'
import { client, useObservable } from '../../../client.ts'
import type { ShownMessage } from '../use-conversation.ts'

export function useIsStarred(shown: () => ShownMessage) {
  const stars = useObservable(client.keeping.stars)
  return computed(() => {
    const { conversationId, id } = shown().message
    return stars.value.has(`${conversationId}:${id}`)
  })
}
