// Asking for the menu of a conversation: right click, Menu key or Shift+F10 on its row, a long press with a finger, or a
// button. Knows nothing of what it offers.
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

export interface MenuAsked {
  readonly conversationId: string
  /** A place on the screen, in pixels; on a phone it does not matter. */
  readonly x: number
  readonly y: number
  /** Gets the focus back. */
  readonly from: HTMLElement
}

const longPressMs = 450
const tremble = 10

const asked = shallowRef<MenuAsked | null>(null)

export function useConversationMenu() {
  return {
    asked: asked as Readonly<ShallowRef<MenuAsked | null>>,
    /** Under a button. */
    openAt(conversationId: string, from: HTMLElement) {
      const { left, right, bottom } = from.getBoundingClientRect()
      const isRtl = getComputedStyle(from).direction === 'rtl'
      asked.value = { conversationId, x: isRtl ? left : right, y: bottom, from }
    },
    close() {
      const from = asked.value?.from
      asked.value = null
      if (from?.isConnected === true) from.focus({ preventScroll: true })
    },
  }
}

/** Event handlers for a list whose rows carry `data-conversation`. */
export function useRowMenu() {
  let timer: ReturnType<typeof setTimeout> | undefined
  let start: { x: number; y: number } | null = null
  let isHeld = false

  const rowOf = (event: Event) => (event.target as Element).closest<HTMLElement>('[data-conversation]')

  function ask(row: HTMLElement, x: number, y: number): void {
    const conversationId = row.dataset['conversation']
    if (conversationId !== undefined) asked.value = { conversationId, x, y, from: row }
  }

  function stop(): void {
    clearTimeout(timer)
    start = null
  }
  onScopeDispose(stop)

  return {
    contextmenu(event: MouseEvent) {
      const row = rowOf(event)
      if (row === null) return
      event.preventDefault()
      stop()
      // By the keyboard there is no place: under the row's beginning.
      const { left, bottom } = row.getBoundingClientRect()
      const isKey = event.clientX === 0 && event.clientY === 0
      ask(row, isKey ? left + tremble : event.clientX, isKey ? bottom : event.clientY)
    },
    pointerdown(event: PointerEvent) {
      stop()
      isHeld = false
      const row = rowOf(event)
      if (event.pointerType !== 'touch' || !event.isPrimary || row === null) return
      start = { x: event.clientX, y: event.clientY }
      timer = setTimeout(() => {
        isHeld = true
        navigator.vibrate?.(tremble)
        ask(row, event.clientX, event.clientY)
      }, longPressMs)
    },
    pointermove(event: PointerEvent) {
      if (start === null) return
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > tremble) stop()
    },
    pointerup: stop,
    pointercancel: stop,
    /** The release of a long press opens nothing. */
    click(event: MouseEvent) {
      if (!isHeld) return
      isHeld = false
      event.preventDefault()
      event.stopPropagation()
    },
  }
}
