// How many conversations there are; null until it is known.
import { computed } from 'vue'
import { client, useObservable } from '../../client.ts'

export function useConversationCount() {
  const list = useObservable(client.conversations.list)
  return computed(() => (list.value.isLoaded ? list.value.conversations.length : null))
}
