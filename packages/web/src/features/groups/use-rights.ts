// Gives a right of a group to everyone, or to admins alone; says why not.
import type { ConversationId, Right } from '@palabre/protocol'
import { ref } from 'vue'
import { client } from '../../client.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'

export function useRights(conversationId: string) {
  const errors = useErrorSentence()
  const error = ref('')
  return {
    error,
    async set(right: Right, isForAll: boolean): Promise<void> {
      error.value = ''
      try {
        await client.groups.setRight(
          conversationId as ConversationId,
          right,
          isForAll ? 'everyone' : 'admins',
        )
      } catch (reason) {
        error.value = errors.sentenceOf(reason)
      }
    },
  }
}
