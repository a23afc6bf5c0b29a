// The messages that people left unsent on this device, for the page before sign-in.
import type { UserId } from '@palabre/protocol'
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useLeaving } from '../../use-leaving.ts'

export function useUnsent() {
  const { t } = useI18n()
  const toast = useToast()
  const list = useObservable(client.unsent.list)
  const isBusy = ref(false)
  useLeaving(() => list.value.some((one) => !one.isDurable))

  async function discard(userId: UserId): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    try {
      await client.unsent.discard(userId)
      toast.show(t('auth.unsent.discarded'))
    } catch {
      toast.show(t('auth.unsent.notDiscarded'))
    } finally {
      isBusy.value = false
    }
  }

  return { list, isBusy, discard }
}
