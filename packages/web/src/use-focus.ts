// Where the focus goes when the view changes: to the pane that came, or back to the row one left.
// A pane that places the focus itself (the composer, a search field) keeps it.
import { nextTick, watch } from 'vue'
import { useRoute } from 'vue-router'
import { useShell } from './use-shell.ts'

export function usePaneFocus(getPane: () => string): void {
  const route = useRoute()
  const shell = useShell()
  watch(
    () => route.fullPath,
    async (_path, previous) => {
      const id = route.params['conversationId']
      if (typeof id === 'string') shell.lastConversationId = id
      await nextTick()
      const active = document.activeElement
      const isLost = active === null || active === document.body || !isShown(active)
      if (!isLost) return
      const pane = document.querySelector<HTMLElement>(`[data-pane="${getPane()}"]`)
      const row =
        route.name === 'list' && previous.startsWith('/c/')
          ? pane?.querySelector<HTMLElement>(`[data-conversation="${shell.lastConversationId ?? ''}"]`)
          : null
      ;(row ?? pane?.querySelector<HTMLElement>('h1[tabindex]') ?? pane)?.focus({ preventScroll: true })
    },
    { flush: 'post' },
  )
}

function isShown(element: Element): boolean {
  return element.getClientRects().length > 0
}
