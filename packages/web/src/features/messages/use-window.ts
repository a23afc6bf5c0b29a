// Scrolls the timeline. One rule: away from the end nothing on screen moves, at the end it stays the end.
// So the first visible message is remembered with its place, and put back there after whatever changed above it,
// by hand in every browser (`overflow-anchor` is off).
import { nextTick, onScopeDispose, ref, watch, type Ref } from 'vue'
import type { Timeline } from './use-timeline.ts'

/** Pixels from the end that still count as the end. */
const endSlack = 80
/** Screens from an edge at which more is asked for. */
const aheadScreens = 1.5
/** Jumps over more screens than this are cuts. */
const animatedScreens = 2
const flashMs = 1_600
/** One comes back to where one left for this long. */
const placeKeptMs = 60 * 60_000

interface Place {
  readonly key: string
  /** Pixels from the top of the scroller to the top of the row. */
  readonly offset: number
}

const places = new Map<string, Place & { readonly at: number }>()

/** Where one left a conversation less than an hour ago; null: at the end, or never. */
export function placeLeft(conversationId: string): string | null {
  const place = places.get(conversationId)
  return place !== undefined && Date.now() - place.at < placeKeptMs ? place.key : null
}

export interface TimelineWindow {
  readonly isAtEnd: Readonly<Ref<boolean>>
  /** The last message whose end has been on screen. */
  readonly seenSeq: Readonly<Ref<number>>
  /** The message that one has jumped to, while it is ringed. */
  readonly flashed: Readonly<Ref<string | null>>
  /** A jump can be taken back. */
  readonly canGoBack: Readonly<Ref<boolean>>
  toEnd(isAnimated?: boolean): Promise<void>
  jumpTo(messageId: string): Promise<boolean>
  goBack(): Promise<void>
}

export function useWindow(
  conversationId: string,
  scroller: Readonly<Ref<HTMLElement | null>>,
  content: Readonly<Ref<HTMLElement | null>>,
  timeline: Timeline,
): TimelineWindow {
  const isAtEnd = ref(true)
  const seenSeq = ref(0)
  const flashed = ref<string | null>(null)
  const backTo = ref<Place | null>(null)
  const canGoBack = ref(false)
  let anchor: Place | null = null
  let isPlaced = false
  /** Where it stood when one last looked. */
  let heldTop = 0
  let flashing: ReturnType<typeof setTimeout> | undefined
  let frame = 0

  const rows = () => content.value?.querySelectorAll<HTMLElement>('[data-key]') ?? []
  const rowOf = (key: string) =>
    content.value?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null

  /** The first row in order for which `test` holds; they are in order of place, so halving finds it. */
  function firstRow(test: (row: HTMLElement) => boolean): number {
    const all = rows()
    let low = 0
    let high = all.length
    while (low < high) {
      const middle = (low + high) >> 1
      const row = all[middle]
      if (row !== undefined && test(row)) high = middle
      else low = middle + 1
    }
    return low
  }

  function remember(): void {
    const box = scroller.value
    if (box === null || box.clientHeight === 0 || !isPlaced) return
    const top = box.getBoundingClientRect().top
    const row = rows()[firstRow((one) => one.getBoundingClientRect().bottom > top)]
    const key = row?.dataset['key']
    anchor = row && key ? { key, offset: row.getBoundingClientRect().top - top } : null
  }

  function putBack(): void {
    const box = scroller.value
    if (box === null || box.clientHeight === 0 || !isPlaced) return
    if (timeline.isFollowing && timeline.isAtNewest.value) {
      box.scrollTop = box.scrollHeight
    } else if (anchor !== null) {
      const row = rowOf(anchor.key)
      if (row === null) return
      const moved = row.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.offset
      if (Math.abs(moved) >= 1) box.scrollTop += moved
    }
  }

  /** What the place on screen means: the end, what has been seen, whether more is needed. */
  function look(): void {
    const box = scroller.value
    if (box === null || box.clientHeight === 0 || !isPlaced) return
    // What came in, or a place that got smaller, is no reader who scrolls up: only a smaller `scrollTop` is.
    if (timeline.isFollowing && box.scrollTop >= heldTop) putBack()
    heldTop = box.scrollTop
    const below = box.scrollHeight - box.scrollTop - box.clientHeight
    isAtEnd.value = timeline.isAtNewest.value && below <= endSlack
    timeline.isFollowing = isAtEnd.value
    const ahead = box.clientHeight * aheadScreens
    if (box.scrollTop < ahead && timeline.hasOlder.value) timeline.older()
    if (below < ahead && !timeline.isAtNewest.value) timeline.newer()
    const bottom = box.getBoundingClientRect().bottom + 1
    const middle = bottom - box.clientHeight / 2
    const firstUnseen = firstRow((row) => {
      const place = row.getBoundingClientRect()
      return place.bottom > bottom && (place.height < box.clientHeight || place.top > middle)
    })
    const seq = Number(rows()[firstUnseen - 1]?.dataset['seq'] ?? 0)
    if (seq > seenSeq.value) seenSeq.value = seq
  }

  function onScroll(): void {
    remember()
    look()
  }

  function settle(): void {
    if (!isPlaced && timeline.isOpen.value) place()
    putBack()
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => {
      remember()
      look()
    })
  }

  const resized = new ResizeObserver(settle)
  watch(
    [scroller, content],
    ([box, inner], [oldBox]) => {
      oldBox?.removeEventListener('scroll', onScroll)
      resized.disconnect()
      if (box === null || inner === null) return
      box.addEventListener('scroll', onScroll, { passive: true })
      resized.observe(box)
      resized.observe(inner)
    },
    { immediate: true, flush: 'post' },
  )
  watch([timeline.days, timeline.view], remember, { flush: 'pre' })
  watch([timeline.days, timeline.view], settle, { flush: 'post', immediate: true })

  /** Opening: the unread line at a third of the height, else where one left, else the end. */
  function place(): void {
    const box = scroller.value
    if (box === null || content.value === null) return
    isPlaced = true
    const left = places.get(conversationId)
    const line = timeline.unread.value === null ? null : rowOf('unread')
    const row = line ?? (left && placeLeft(conversationId) !== null ? rowOf(left.key) : null)
    if (row === null) {
      box.scrollTop = box.scrollHeight
      timeline.isFollowing = timeline.isAtNewest.value
    } else {
      timeline.isFollowing = false
      const wanted = line === null && left ? left.offset : box.clientHeight / 3
      box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - wanted
    }
    remember()
    look()
  }

  function scrollTo(top: number, isAnimated: boolean): void {
    const box = scroller.value
    if (box === null) return
    const isFar = Math.abs(top - box.scrollTop) > box.clientHeight * animatedScreens
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
    if (isAnimated && !isFar && !isStill) {
      anchor = null
      box.scrollTo({ top, behavior: 'smooth' })
    } else {
      box.scrollTop = top
      remember()
      look()
    }
  }

  async function toEnd(isAnimated = false): Promise<void> {
    canGoBack.value = false
    const wasNewest = timeline.isAtNewest.value
    timeline.isFollowing = !isAnimated || !wasNewest
    anchor = null
    timeline.toEnd()
    await nextTick()
    const box = scroller.value
    if (box) scrollTo(box.scrollHeight - box.clientHeight, isAnimated && wasNewest)
  }

  async function jumpTo(messageId: string): Promise<boolean> {
    remember()
    const from = anchor
    timeline.isFollowing = false
    if (!(await timeline.reveal(messageId))) return false
    await nextTick()
    const box = scroller.value
    const row = rowOf(messageId)
    if (box === null || row === null) return false
    const place = row.getBoundingClientRect()
    const room = Math.max(box.clientHeight - place.height, 0) / 2
    scrollTo(box.scrollTop + place.top - box.getBoundingClientRect().top - room, true)
    backTo.value = from
    canGoBack.value = from !== null
    flashed.value = messageId
    clearTimeout(flashing)
    flashing = setTimeout(() => (flashed.value = null), flashMs)
    return true
  }

  async function goBack(): Promise<void> {
    const place = backTo.value
    canGoBack.value = false
    if (place === null || !(await timeline.reveal(place.key))) return
    await nextTick()
    const box = scroller.value
    const row = rowOf(place.key)
    if (box === null || row === null) return
    scrollTo(
      box.scrollTop + row.getBoundingClientRect().top - box.getBoundingClientRect().top - place.offset,
      true,
    )
  }

  onScopeDispose(() => {
    resized.disconnect()
    cancelAnimationFrame(frame)
    clearTimeout(flashing)
    scroller.value?.removeEventListener('scroll', onScroll)
    if (anchor !== null && !timeline.isFollowing) places.set(conversationId, { ...anchor, at: Date.now() })
    else places.delete(conversationId)
  })

  return { isAtEnd, seenSeq, flashed, canGoBack, toEnd, jumpTo, goBack }
}
