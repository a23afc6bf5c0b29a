// What a section shows: asked for when it opens and again when told to; a page more where there is one; what went wrong.
import { onMounted, ref, shallowRef } from 'vue'
import { useErrorSentence } from '../../use-error-sentence.ts'

export function useAsking<T>(ask: () => Promise<T>) {
  const { sentenceOf } = useErrorSentence()
  const answer = shallowRef<T | null>(null)
  const failure = ref('')
  const isBusy = ref(false)

  /** Runs something of the section; what it throws is said there. */
  async function run(what: () => Promise<void>): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    failure.value = ''
    try {
      await what()
    } catch (error) {
      failure.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  const load = (): Promise<void> =>
    run(async () => {
      answer.value = await ask()
    })

  onMounted(load)
  return { answer, failure, isBusy, run, load }
}
