// Leaves a conversation that is not mine any more: back to the list, with a sentence that says why.
import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useToast } from '../../design/use-toast.ts'
import type { OpenConversation } from './use-conversation.ts'

/** How long an unknown id may still turn up: a conversation just made may reach the list after its address. */
const graceMs = 3_000

export function useAway(open: OpenConversation): void {
  const router = useRouter()
  const toast = useToast()
  const { t } = useI18n()

  watch(
    [open.view, open.isKnown],
    ([view, isKnown], [before], onCleanup) => {
      if (view !== null || !isKnown || open.myId.value === null) return
      const wasHere = before !== null && before !== undefined
      const timer = setTimeout(() => leave(wasHere), wasHere ? 0 : graceMs)
      onCleanup(() => clearTimeout(timer))
    },
    { immediate: true },
  )

  function leave(wasHere: boolean): void {
    if (router.currentRoute.value.params['conversationId'] !== open.id) return
    toast.show(t(wasHere ? 'messages.removed' : 'messages.notYours'))
    void router.replace({ name: 'list' })
  }
}
