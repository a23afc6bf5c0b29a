// A picture under fingers, mouse and keys: pinch, wheel and double tap enlarge; a large one is moved about; a small one
// is swiped to its neighbour or pulled down to close.
import { computed, ref } from 'vue'

export interface ZoomHandlers {
  /** -1: to the left neighbour on the screen; 1: to the right one. */
  onSwipe(side: -1 | 1): void
  onClose(): void
}

const most = 6
const tapped = 2.5
const step = 1.5
/** Pixels of a swipe, and of a pull, that count. */
const swipeEnough = 60
const pullEnough = 110
const wheelRate = 0.0015
const doubleTapMs = 300
/** Pixels that two taps on one place may lie apart. */
const tremble = 24

interface Point {
  readonly x: number
  readonly y: number
}

export function useZoom(handlers: ZoomHandlers) {
  const scale = ref(1)
  const shift = ref<Point>({ x: 0, y: 0 })
  const isMoving = ref(false)
  const pointers = new Map<number, Point>()
  let start: { scale: number; shift: Point; spread: number; middle: Point } | null = null
  let moved = 0
  let lastTap: { at: number; point: Point } | null = null
  let size: Point = { x: 0, y: 0 }
  let centre: Point = { x: 0, y: 0 }

  function reset(): void {
    scale.value = 1
    shift.value = { x: 0, y: 0 }
    pointers.clear()
    start = null
    isMoving.value = false
  }

  /** A picture is never moved out of sight. */
  function held(point: Point, at: number): Point {
    const room = { x: (size.x * (at - 1)) / 2, y: (size.y * (at - 1)) / 2 }
    const within = (value: number, limit: number) => Math.min(limit, Math.max(-limit, value))
    return { x: within(point.x, room.x), y: within(point.y, room.y) }
  }

  /** Enlarges so that what is at `point` stays there. */
  function zoomTo(wanted: number, point: Point = centre): void {
    const next = Math.min(most, Math.max(1, wanted))
    const by = next / scale.value
    const [x, y] = [point.x - centre.x, point.y - centre.y]
    shift.value = held({ x: x - (x - shift.value.x) * by, y: y - (y - shift.value.y) * by }, next)
    scale.value = next
  }

  function measure(element: HTMLElement): void {
    const box = element.getBoundingClientRect()
    size = { x: box.width, y: box.height }
    centre = { x: box.left + box.width / 2, y: box.top + box.height / 2 }
  }

  function gather(): { spread: number; middle: Point } {
    const [a, b] = [...pointers.values()]
    if (!a) return { spread: 0, middle: centre }
    if (!b) return { spread: 0, middle: a }
    return {
      spread: Math.hypot(a.x - b.x, a.y - b.y),
      middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
    }
  }

  function begin(): void {
    start = { scale: scale.value, shift: shift.value, ...gather() }
  }

  return {
    scale,
    isLarge: computed(() => scale.value > 1.01),
    style: computed(() => ({
      transform: `translate(${shift.value.x}px, ${shift.value.y}px) scale(${scale.value})`,
      transition: isMoving.value ? 'none' : 'transform 160ms ease-out',
    })),
    reset,
    larger: () => zoomTo(scale.value * step),
    smaller: () => zoomTo(scale.value / step),
    toggle: () => zoomTo(scale.value > 1.01 ? 1 : tapped),
    down(event: PointerEvent): void {
      const element = event.currentTarget as HTMLElement
      measure(element)
      element.setPointerCapture(event.pointerId)
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
      moved = 0
      isMoving.value = true
      begin()
    },
    move(event: PointerEvent): void {
      if (!pointers.has(event.pointerId) || start === null) return
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
      const { spread, middle } = gather()
      const by: Point = { x: middle.x - start.middle.x, y: middle.y - start.middle.y }
      moved = Math.max(moved, Math.hypot(by.x, by.y))
      if (spread > 0 && start.spread > 0) {
        zoomTo((start.scale * spread) / start.spread, middle)
      } else if (scale.value > 1.01) {
        shift.value = held({ x: start.shift.x + by.x, y: start.shift.y + by.y }, scale.value)
      } else {
        shift.value = Math.abs(by.x) > Math.abs(by.y) ? { x: by.x, y: 0 } : { x: 0, y: Math.max(0, by.y) }
      }
    },
    up(event: PointerEvent): void {
      if (!pointers.delete(event.pointerId)) return
      if (pointers.size > 0) return begin()
      isMoving.value = false
      start = null
      const { x, y } = shift.value
      if (scale.value <= 1.01) {
        shift.value = { x: 0, y: 0 }
        if (Math.abs(x) > swipeEnough) handlers.onSwipe(x > 0 ? -1 : 1)
        else if (y > pullEnough) handlers.onClose()
      }
      if (moved > tremble || event.type === 'pointercancel') return
      const point = { x: event.clientX, y: event.clientY }
      const isSecond =
        lastTap !== null &&
        event.timeStamp - lastTap.at < doubleTapMs &&
        Math.hypot(point.x - lastTap.point.x, point.y - lastTap.point.y) < tremble
      lastTap = isSecond ? null : { at: event.timeStamp, point }
      if (isSecond) zoomTo(scale.value > 1.01 ? 1 : tapped, point)
    },
    wheel(event: WheelEvent): void {
      measure(event.currentTarget as HTMLElement)
      zoomTo(scale.value * Math.exp(-event.deltaY * wheelRate), { x: event.clientX, y: event.clientY })
    },
  }
}
