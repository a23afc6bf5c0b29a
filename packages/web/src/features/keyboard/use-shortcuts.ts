// The keys of the whole page (UI.md §5): switcher, sheet, conversations, panes, up. Which keys they are is in
// `shortcuts.ts`. A component that has its own use for a key stops the event first.
import { onScopeDispose } from 'vue'
import { useRoute, useRouter, type RouteLocationRaw } from 'vue-router'
import { client } from '../../client.ts'
import { useMedia } from '../../design/use-media.ts'
import { shortcutOf } from './shortcuts.ts'
import { useShell, useUp } from '../../use-shell.ts'

export function useShortcuts(): void {
  const route = useRoute()
  const router = useRouter()
  const shell = useShell()
  const up = useUp()
  const { isPhone } = useMedia()

  const acts: Partial<Record<string, () => unknown>> = {
    switcher: () => (shell.asked = shell.asked === 'switcher' ? null : 'switcher'),
    sheet: () => (shell.asked = shell.asked === 'shortcuts' ? null : 'shortcuts'),
    create: () => router.push({ name: 'new' }),
    settings: () => router.push({ name: 'settings' }),
    next: () => openNeighbour(1, false),
    previous: () => openNeighbour(-1, false),
    nextUnread: () => openNeighbour(1, true),
    previousUnread: () => openNeighbour(-1, true),
    pane: () => focusNextPane(1),
    paneBack: () => focusNextPane(-1),
    info: () => router.push({ name: 'info', params: route.params }),
    acts: () => document.querySelector<HTMLElement>('[data-acts]')?.click(),
  }

  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return
    const wanted = shortcutOf('everywhere', event) ?? wantedHere(event)
    if (wanted === undefined) return
    // What lies over the page keeps it: only what lies over everything still comes.
    if (isInDialog() && wanted !== 'switcher' && wanted !== 'sheet') return
    const parent = wanted === 'up' ? parentOf() : null
    if (wanted === 'up' && parent === null) return
    event.preventDefault()
    if (parent !== null) up(parent)
    else acts[wanted]?.()
  }

  function wantedHere(event: KeyboardEvent) {
    if (route.params['conversationId'] === undefined) return undefined
    const wanted = shortcutOf('conversation', event)
    // The open conversation answers that itself.
    return wanted === 'find' ? undefined : wanted
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

  /** Of those in the list; `isUnread`: only those where something is to be read. */
  function openNeighbour(step: 1 | -1, isUnread: boolean): void {
    const { conversations } = client.conversations.list.get()
    const isWanted = (view: (typeof conversations)[number]) =>
      !isUnread || view.unread > 0 || view.conversation.me.markedUnread
    const at = conversations.findIndex(
      ({ conversation }) => conversation.id === route.params['conversationId'],
    )
    const after =
      step === 1 ? conversations.slice(at + 1) : conversations.slice(0, at === -1 ? undefined : at)
    const next = step === 1 ? after.find(isWanted) : after.findLast(isWanted)
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
