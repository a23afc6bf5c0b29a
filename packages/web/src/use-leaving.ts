// Asks before the page goes while something would go with it. The listener is there only as long as that is so:
// a page that has one is not kept for the way back.
import { onScopeDispose, watch } from 'vue'

export function useLeaving(wouldLose: () => boolean): void {
  const ask = (event: BeforeUnloadEvent): void => event.preventDefault()
  const forget = (): void => removeEventListener('beforeunload', ask)
  watch(
    wouldLose,
    (would) => {
      forget()
      if (would) addEventListener('beforeunload', ask)
    },
    { immediate: true },
  )
  onScopeDispose(forget)
}
