// Sets the photo of oneself or of a group, and says why not where it is refused.
import type { ConversationId } from '@palabre/protocol'
import { ref } from 'vue'
import { client } from '../../../client.ts'
import { useErrorSentence } from '../../../use-error-sentence.ts'

export function usePhotoSetting(conversationId: () => string | null) {
  const { sentenceOf } = useErrorSentence()
  const isBusy = ref(false)
  const failure = ref('')

  /** Null takes it away. */
  async function set(photo: Blob | null): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    failure.value = ''
    try {
      const id = conversationId()
      if (id === null) await client.media.setPhoto(photo)
      else await client.media.setConversationPhoto(id as ConversationId, photo)
      return true
    } catch (error) {
      failure.value = sentenceOf(error)
      return false
    } finally {
      isBusy.value = false
    }
  }

  return { isBusy, failure, set }
}
