// The keys of the whole page (UI.md §5): switcher, next and previous conversation, next pane, up.
// A component that has its own use for a key stops the event first.
import { onScopeDispose } from 'vue'
import { useRoute, useRouter, type RouteLocationRaw } from 'vue-router'
import { client } from './client.ts'
import { useMedia } from './design/use-media.ts'
import { useShell, useUp } from './use-shell.ts'

export function useShortcuts(): void {
  const route = useRoute()
  const router = useRouter()
  const shell = useShell()
  const up = useUp()
  const { isPhone } = useMedia()

  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
    if (isCommand && event.key.toLowerCase() === 'k') shell.isSwitcherOpen = !shell.isSwitcherOpen
    else if (event.altKey && event.key === 'ArrowDown') openNeighbour(1)
    else if (event.altKey && event.key === 'ArrowUp') openNeighbour(-1)
    else if (event.key === 'F6') focusNextPane(event.shiftKey ? -1 : 1)
    else if (event.key === 'Escape' && !isInDialog() && parentOf() !== null) up(parentOf() ?? '/')
    else return
    event.preventDefault()
  }

  /** Where Escape leads; null where it does nothing. */
  function parentOf(): RouteLocationRaw | null {
    const id = route.params['conversationId']
    if (route.name === 'info' && typeof id === 'string') {
      return { name: 'conversation', params: { conversationId: id } }
    }
    if (route.name === 'conversation') return isPhone.value ? { name: 'list' } : null
    if (route.name === 'new-group') return { name: 'new' }
    if (route.name === 'settings' && isPhone.value && route.params['section']) return { name: 'settings' }
    return route.name === 'list' ? null : { name: 'list' }
  }

  function openNeighbour(step: 1 | -1): void {
    const { conversations } = client.conversations.list.get()
    const at = conversations.findIndex(
      ({ conversation }) => conversation.id === route.params['conversationId'],
    )
    const next = conversations[at === -1 && step === -1 ? -1 : at + step]
    if (next !== undefined) {
      void router.push({ name: 'conversation', params: { conversationId: next.conversation.id } })
    }
  }

  addEventListener('keydown', press)
  onScopeDispose(() => removeEventListener('keydown', press))
}

function isInDialog(): boolean {
  return document.querySelector('dialog[open]') !== null
}

function focusNextPane(step: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter(
    (pane) => pane.offsetParent !== null,
  )
  const at = panes.findIndex((pane) => pane.contains(document.activeElement))
  panes[(at + step + panes.length) % panes.length]?.focus()
}
