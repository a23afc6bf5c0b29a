// The bytes of a reported file while they are looked at. They are in no cache: what is removed from the server should not stay
// with those who removed it.
import { onScopeDispose, ref } from 'vue'
import { client } from '../../client.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'

export function useReportedFile() {
  const { sentenceOf } = useErrorSentence()
  const url = ref('')
  const failure = ref('')
  const isBusy = ref(false)
  let isLeft = false

  function hide(): void {
    if (url.value !== '') URL.revokeObjectURL(url.value)
    url.value = ''
  }

  async function show(mediaId: string): Promise<void> {
    isBusy.value = true
    failure.value = ''
    try {
      const blob = await client.media.fetch(mediaId, 'media')
      if (!isLeft) url.value = URL.createObjectURL(blob)
    } catch (error) {
      failure.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  onScopeDispose(() => {
    isLeft = true
    hide()
  })
  return { url, failure, isBusy, show, hide }
}
