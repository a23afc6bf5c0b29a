// A finger on a message: a long press opens its menu, a swipe towards the end answers it. Mouse and pen have neither.
import { onScopeDispose } from 'vue'

const longPressMs = 450
/** Pixels that a finger may tremble. */
const tremble = 10
/** Pixels of a swipe that answers; the bubble follows no further than a little more. */
const swipeEnough = 56
const swipeMost = 72
const hapticMs = 10

export interface GestureHandlers {
  onLongPress(row: HTMLElement): void
  onSwipe(row: HTMLElement): void
  canSwipe(row: HTMLElement): boolean
}

/** Event handlers for the log; rows are found by `data-key`. */
export function useGestures(handlers: GestureHandlers) {
  let row: HTMLElement | null = null
  let startX = 0
  let startY = 0
  let moved = 0
  let isSwiping = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function reset(): void {
    clearTimeout(timer)
    if (row !== null) {
      row.style.removeProperty('translate')
      row.style.removeProperty('transition')
    }
    row = null
    isSwiping = false
    moved = 0
  }

  function down(event: PointerEvent): void {
    reset()
    if (event.pointerType !== 'touch' || !event.isPrimary) return
    const target = event.target as Element
    const pressed = target.closest<HTMLElement>('[data-key]')
    if (pressed === null || target.closest('[data-bubble]') === null) return
    row = pressed
    startX = event.clientX
    startY = event.clientY
    timer = setTimeout(() => {
      const held = row
      reset()
      if (held === null) return
      navigator.vibrate?.(hapticMs)
      handlers.onLongPress(held)
    }, longPressMs)
  }

  function move(event: PointerEvent): void {
    if (row === null) return
    const across = event.clientX - startX
    const down = Math.abs(event.clientY - startY)
    if (!isSwiping) {
      if (Math.abs(across) <= tremble && down <= tremble) return
      clearTimeout(timer)
      const isTowardsEnd = getComputedStyle(row).direction === 'rtl' ? across < 0 : across > 0
      if (!isTowardsEnd || down > Math.abs(across) || !handlers.canSwipe(row)) {
        reset()
        return
      }
      isSwiping = true
    }
    moved = Math.min(Math.abs(across), swipeMost)
    row.style.transition = 'none'
    row.style.translate = `${Math.sign(across) * moved}px 0`
  }

  function up(): void {
    const swiped = isSwiping && moved >= swipeEnough ? row : null
    reset()
    if (swiped !== null) {
      navigator.vibrate?.(hapticMs)
      handlers.onSwipe(swiped)
    }
  }

  onScopeDispose(reset)
  return { down, move, up, cancel: reset }
}
