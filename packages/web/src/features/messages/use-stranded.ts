// Messages that were refused for good and whose conversation is gone from this device: to be read, copied, discarded.
import type { StrandedMessage } from '@palabre/client'
import { ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'

export function useStranded() {
  const { t } = useI18n()
  const toast = useToast()
  const list = useObservable(client.messages.stranded)
  const isShown = ref(false)
  watch(list, (now) => {
    if (now.length === 0) isShown.value = false
  })

  async function copy({ text }: StrandedMessage): Promise<void> {
    await navigator.clipboard.writeText(text)
    toast.show(t('messages.copied'))
  }

  function discard({ conversationId, messageId }: StrandedMessage): void {
    void client.messages.discard(conversationId, messageId)
  }

  return { list, isShown, copy, discard }
}
