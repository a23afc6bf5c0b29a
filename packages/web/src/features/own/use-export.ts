// One's data on the way to this device: how much has come, giving up, and the file at the end.
import { onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'
import { useProof } from '../accounts/use-proof.ts'

export function useExport() {
  const { t } = useI18n()
  const toast = useToast()
  const proof = useProof()
  const { sentenceOf } = useErrorSentence()
  /** Null: nothing is on its way. */
  const bytes = ref<number | null>(null)
  const failure = ref('')
  let running: AbortController | null = null

  function cancel(): void {
    running?.abort()
  }

  async function fetched(signal: AbortSignal): Promise<void> {
    const onBytes = (so: number) => (bytes.value = so)
    const file = await proof.withProof(() => client.auth.exportMine(onBytes, signal))
    if (file === null) return
    save(file)
    toast.show(t('own.export.done'))
  }

  async function start(): Promise<void> {
    if (running !== null) return
    running = new AbortController()
    bytes.value = 0
    failure.value = ''
    const { signal } = running
    try {
      await fetched(signal)
    } catch (error) {
      if (!signal.aborted) failure.value = sentenceOf(error)
    } finally {
      running = null
      bytes.value = null
    }
  }

  onScopeDispose(cancel)
  return { proof, bytes, failure, start, cancel }
}

function save(file: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = `palabre-${new Date().toISOString().slice(0, 10)}.zip`
  link.click()
  // A minute is plenty for the browser to have taken it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
