// Messages that were refused for good and whose conversation is gone from this device, sent at once or later: to be read, copied, discarded.
import type { StrandedMessage } from '@palabre/client'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'

type Stranded = Pick<StrandedMessage, 'conversationId' | 'messageId' | 'text'>

export function useStranded() {
  const { t } = useI18n()
  const toast = useToast()
  const unsent = useObservable(client.messages.stranded)
  const scheduled = useObservable(client.keeping.scheduled)
  /** What was to be sent later, and may not be any more, is stranded alike (SCH-3). */
  const list = computed<readonly Stranded[]>(() => [
    ...unsent.value,
    ...scheduled.value
      .filter(({ failed }) => failed === 'MEMBER_REQUIRED')
      .map(({ conversationId, id, text }) => ({ conversationId, messageId: id, text })),
  ])
  const isShown = ref(false)
  watch(list, (now) => {
    if (now.length === 0) isShown.value = false
  })

  async function copy({ text }: Stranded): Promise<void> {
    await navigator.clipboard.writeText(text)
    toast.show(t('messages.copied'))
  }

  function discard({ conversationId, messageId }: Stranded): void {
    if (unsent.value.some((one) => one.messageId === messageId))
      void client.messages.discard(conversationId, messageId)
    else void client.keeping.schedule(conversationId, messageId, null)
  }

  return { list, isShown, copy, discard }
}
