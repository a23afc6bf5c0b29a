// What this browser keeps: says so while it keeps nothing, asks before unsent messages go with the page, and asks the
// browser once not to clear what it keeps: at the first message written here, when this device first holds something
// that is nowhere else. How storage fails and comes back is the engine's affair.
import { computed, watch } from 'vue'
import { client, useObservable } from '../../client.ts'
import { usePreferences } from '../../preferences.ts'
import { useLeaving } from '../../use-leaving.ts'

export type StorageNotice = 'none' | 'full' | 'outdated' | 'refused'

export function useStorage() {
  const storage = useObservable(client.storage)
  const waiting = useObservable(client.waiting)
  const list = useObservable(client.conversations.list)
  const preferences = usePreferences()

  const notice = computed<StorageNotice>(() => {
    const state = storage.value
    // A cache in memory on purpose is nobody's trouble.
    if (state.name === 'durable' || state.because === 'untold') return 'none'
    return state.because === 'lost' ? 'refused' : state.because
  })
  const isUnsent = computed(
    () => waiting.value > 0 || list.value.conversations.some(({ failed }) => failed > 0),
  )
  useLeaving(() => storage.value.name === 'memory' && isUnsent.value)

  watch(
    () => waiting.value > 0,
    (isWriting) => {
      if (!isWriting || preferences.values.isStorageAsked) return
      preferences.values.isStorageAsked = true
      // Refused or not known here: nothing changes, and nobody need be told.
      void navigator.storage?.persist?.().catch(() => undefined)
    },
    { immediate: true },
  )

  return { notice }
}
