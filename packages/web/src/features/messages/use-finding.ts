// Getting to a message of the open conversation from elsewhere: from a hit of the list's search (`?at=`), and by the
// conversation's own search, which a key opens. It scrolls nothing itself.
import { nextTick, onScopeDispose, ref, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { shortcutOf } from '../keyboard/shortcuts.ts'
import type { Timeline } from './use-timeline.ts'

export interface Finding {
  /** The search of this conversation is open. */
  readonly isOpen: Ref<boolean>
}

/** `jump` goes to a message and puts the focus there; `focus` is for a search that is open already. */
export function useFinding(
  timeline: Pick<Timeline, 'isOpen'>,
  does: { jump: (messageId: string) => void; focus: () => void },
): Finding {
  const route = useRoute()
  const router = useRouter()
  const isOpen = ref(false)

  watch(
    [() => route.query['at'], timeline.isOpen],
    async ([at, isReady]) => {
      if (typeof at !== 'string' || !isReady) return
      // Once: coming back here later is not another jump.
      await router.replace({ query: {} })
      await nextTick()
      does.jump(at)
    },
    { immediate: true, flush: 'post' },
  )

  function press(event: KeyboardEvent): void {
    if (shortcutOf('conversation', event) !== 'find' || document.querySelector('dialog[open]') !== null)
      return
    event.preventDefault()
    if (isOpen.value) does.focus()
    isOpen.value = true
  }
  addEventListener('keydown', press)
  onScopeDispose(() => removeEventListener('keydown', press))
  return { isOpen }
}
