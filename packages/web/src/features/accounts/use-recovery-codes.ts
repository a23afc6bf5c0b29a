// One's recovery codes: how many are left, and new ones, which are shown once.
import { onMounted, ref, shallowRef } from 'vue'
import { client } from '../../client.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'
import { useProof } from './use-proof.ts'

export function useRecoveryCodes() {
  const { sentenceOf } = useErrorSentence()
  const proof = useProof()
  const left = ref<number | null>(null)
  const isKnown = ref(false)
  const codes = shallowRef<readonly string[]>([])
  const failure = ref('')
  const isBusy = ref(false)

  async function load(): Promise<void> {
    try {
      left.value = (await client.call('getSecurity', {})).recoveryLeft
      isKnown.value = true
      failure.value = ''
    } catch (error) {
      failure.value = sentenceOf(error)
    }
  }

  async function make(): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    failure.value = ''
    try {
      const made = await proof.withProof(() => client.call('makeRecoveryCodes', {}))
      if (made === null) return
      codes.value = made.codes
      left.value = made.codes.length
    } catch (error) {
      failure.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  onMounted(load)
  return { left, isKnown, codes, failure, isBusy, make, proof }
}
