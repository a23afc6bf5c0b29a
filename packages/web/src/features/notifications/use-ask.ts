// When to ask whether messages may be told of: once, and not before this person has written to somebody here, when it is
// clear what an answer would be worth.
import { computed, type ComputedRef } from 'vue'
import { client, useObservable } from '../../client.ts'
import { usePreferences } from '../../preferences.ts'
import { usePush } from './use-push.ts'

export function useAsk(): ComputedRef<boolean> {
  const { values } = usePreferences()
  const { isSupported, permission, isOn } = usePush()
  const list = useObservable(client.conversations.list)
  const hasWritten = computed(() => list.value.conversations.some(({ last }) => last?.isMine === true))
  return computed(
    () =>
      isSupported &&
      permission.value === 'default' &&
      !isOn.value &&
      !values.isNotificationAsked &&
      hasWritten.value,
  )
}
