// Who waits to be let into a group: asked for when the number of them changes, answered one by one (LINK-3).
import type { ConversationId, User, UserId } from '@palabre/protocol'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '../../client.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'
import type { OpenConversation } from '../messages/use-conversation.ts'

export function useAsking(open: OpenConversation) {
  const id = open.id as ConversationId
  const errors = useErrorSentence()
  const people = shallowRef<readonly User[]>([])
  const busyWith = ref<string | null>(null)
  const error = ref('')
  const count = computed(() => open.view.value?.askers ?? 0)

  async function load(): Promise<void> {
    const asking = await client.groups.asking(id).catch(() => null)
    if (asking !== null) people.value = asking.map(({ user }) => user)
  }

  // Also at first: whoever has just become an admin has not been told of those who wait already.
  watch(count, () => void load(), { immediate: true })

  return {
    people,
    busyWith,
    error,
    async answer(userId: UserId, isWelcome: boolean): Promise<void> {
      if (busyWith.value !== null) return
      busyWith.value = userId
      error.value = ''
      try {
        await client.groups.answer(id, userId, isWelcome)
        people.value = people.value.filter((user) => user.id !== userId)
      } catch (reason) {
        error.value = errors.sentenceOf(reason)
      } finally {
        busyWith.value = null
      }
    },
  }
}
