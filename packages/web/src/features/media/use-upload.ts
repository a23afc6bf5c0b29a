// How far a message's files are on their way, and taking it back before it is sent.
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useDates } from '../../design/use-dates.ts'
import { client, useObservable } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import type { ShownMessage } from '../messages/use-conversation.ts'
import { formatBytes } from './formats.ts'

export function useUpload(shown: () => ShownMessage) {
  const { t } = useI18n()
  const { locale } = useDates()
  const toast = useToast()
  const progress = useObservable(() => client.media.progress(shown().message.id))

  async function cancel(): Promise<void> {
    const { conversationId, id } = shown().message
    const isGone = await client.media.cancel(conversationId, id)
    // It may be with the others already: taking it back is deleting it.
    if (!isGone) toast.show(t('media.tooLate'))
  }

  return {
    /** From 0 to 1; null until it is under way. */
    share: computed(() => {
      const now = progress.value
      return now === null || now.totalBytes === 0 ? null : now.sentBytes / now.totalBytes
    }),
    isWaiting: computed(() => shown().state === 'queued'),
    words: computed(() => {
      const now = progress.value
      if (shown().state === 'queued') return t('media.waits')
      if (now === null) return t('media.sending')
      const [sent, total] = [now.sentBytes, now.totalBytes].map((bytes) => formatBytes(bytes, locale.value))
      return t('media.sentOf', { sent: sent ?? '', total: total ?? '' })
    }),
    cancel,
  }
}
