// The messages of the open conversation: which slice of them is drawn, where one opens it, and how more come.
// It knows no pixel: `use-window.ts` scrolls.
import { limits, type ConversationId, type MessageId } from '@palabre/protocol'
import type { ConversationView, Segment, ShownMessage, TimelineView } from '@palabre/client'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { client, useObservable } from '../../client.ts'
import { firstUnread, layoutTimeline, shareRows, type TimelineDay, type UnreadMark } from './timeline-rows.ts'
import { carrySlice, emptySlice, sliceAround, sliceAtEnd, slideBack, slideOn, type Slice } from './window.ts'

export type { ShownMessage } from '@palabre/client'

/** The first unread may be one page back and the network slow: then it opens with what is there. */
const openingWaitMs = 1_000
/** After a page that could not be loaded, none is asked for during this time. */
const pageRestMs = 4_000
/** Messages further back than this are jumped to, not paged to. */
const farMessages = 3 * limits.page

export interface Timeline {
  readonly view: Readonly<Ref<TimelineView>>
  readonly days: ComputedRef<TimelineDay[]>
  /** Drawn for the first time: the slice is where it has to be. */
  readonly isOpen: Readonly<Ref<boolean>>
  /** The slice reaches the newest message. */
  readonly isAtNewest: ComputedRef<boolean>
  /** Older messages exist, drawn or not, here or on the server. */
  readonly hasOlder: ComputedRef<boolean>
  readonly unread: Readonly<Ref<UnreadMark | null>>
  /** The first unread is further back than what is loaded: paging brings it. */
  readonly isUnreadAway: Readonly<Ref<boolean>>
  /** Whether the reader is at the end; told by the window. */
  isFollowing: boolean
  find(messageId: string): ShownMessage | null
  /** Messages of others after `seq`. */
  countAfter(seq: number): number
  /** The first that mentions me and that I have not looked at here: after `seq`, or below what is loaded; null: none. */
  mentionBeside(seq: number): number | null
  /** Pages back to one of those; null when it cannot be reached now. */
  seekMention(seq: number): Promise<string | null>
  older(): void
  newer(): void
  toEnd(): void
  /** Pages back to the first unread; null when it cannot be reached now. */
  seekUnread(): Promise<string | null>
  /** Makes a message part of the slice, from the server if need be. False when there is no such message. */
  reveal(messageId: string): Promise<boolean>
  dropUnread(): void
}

/** `startAt`: the message to open at, when one was here a moment ago. */
export function useTimeline(
  conversationId: string,
  conversation: Readonly<Ref<ConversationView | null>>,
  startAt: string | null,
): Timeline {
  const id = conversationId as ConversationId
  const live = useObservable(client.messages.timeline(id))
  /** Where one has jumped to, far from the window; null: the window is shown. */
  const segment = shallowRef<Segment | null>(null)
  const view = useObservable(() => segment.value?.view ?? client.messages.timeline(id))
  const slice = shallowRef(emptySlice)
  const isOpen = ref(false)
  const unread = shallowRef<UnreadMark | null>(null)
  const isUnreadAway = ref(false)
  /** Where I am mentioned: what was unread at opening, and what came since. */
  const mentions = shallowRef<readonly number[]>([])
  const messages = () => view.value.messages
  let isOpening = false
  let isJumping = false
  /** As it was at opening. */
  let readSeq = 0
  let restUntil = 0

  async function open(): Promise<void> {
    isOpening = true
    const shown = conversation.value
    const marks = shown?.conversation.me
    let index = startAt === null ? -1 : indexOf(startAt)
    if (shown !== null && marks !== undefined && shown.unread > 0) {
      readSeq = Math.max(marks.readSeq, marks.joinedSeq - 1)
      if (isAway() && missing() <= limits.page) {
        await Promise.race([
          client.messages.loadUntil(id, readSeq + 1).catch(() => undefined),
          new Promise((resolve) => setTimeout(resolve, openingWaitMs)),
        ])
      }
      isUnreadAway.value = isAway()
      markUnread(() => shown.unread)
      if (unread.value !== null) index = indexOf(unread.value.messageId)
    }
    slice.value = index === -1 ? sliceAtEnd(messages().length) : sliceAround(index, messages().length)
    isOpen.value = true
  }

  /** Messages between the first that is here and the last that was read. */
  function missing(): number {
    return (live.value.messages[0]?.message.seq ?? 0) - readSeq - 1
  }

  function isAway(): boolean {
    return live.value.hasBefore && missing() > 0
  }

  /**
   * The line stands above the first unread, once that is here; it stays there while one reads on. `count`: of what
   * stands below it. How many there were at opening is not it where the line comes later: the conversation may have
   * been opened from a cache that was behind.
   */
  function markUnread(count: () => number): void {
    if (isAway()) return
    isUnreadAway.value = false
    const messageId = firstUnread(live.value.messages, readSeq)
    if (messageId !== null) unread.value = { messageId, count: count() }
  }

  /** A reset put other messages in the place of those that were drawn: there is no place to keep, so it is the end. */
  function startOver(): void {
    slice.value = sliceAtEnd(messages().length)
    timeline.isFollowing = true
    if (unread.value === null && !isUnreadAway.value) return
    unread.value = null
    isUnreadAway.value = isAway()
    markUnread(() => timeline.countAfter(readSeq))
  }

  /** Draws another list, at a place that is known. */
  function jump(to: Segment | null, place: (length: number) => Slice): void {
    isJumping = true
    segment.value?.close()
    segment.value = to
    slice.value = place(messages().length)
    isJumping = false
  }

  function leaveSegment(): void {
    if (segment.value !== null) jump(null, sliceAtEnd)
  }

  /** The part of history around a message that is far from the window; false: there is no getting there. */
  async function enterSegment(messageId: string, seq: number): Promise<boolean> {
    const opened = await client.messages.segment(id, seq).catch(() => null)
    if (opened === null) return false
    const index = opened.view.get().messages.findIndex((shown) => shown.message.id === messageId)
    if (index === -1) {
      opened.close()
      return false
    }
    timeline.isFollowing = false
    jump(opened, (length) => sliceAround(index, length))
    return true
  }

  /** The next page of where one has jumped to; where it meets the window, the window takes over. */
  async function growSegment(held: Segment): Promise<void> {
    await held.loadAfter()
    if (segment.value !== held || !held.meetsWindow()) return
    const drawn = messages()[slice.value.start]?.message
    if (drawn === undefined) return
    await client.messages.loadUntil(id, drawn.seq)
    if (segment.value !== held || !live.value.messages.some((shown) => shown.message.id === drawn.id)) return
    // What is drawn is in the window too, and stays where it is.
    held.close()
    segment.value = null
  }

  function indexOf(messageId: string): number {
    return messages().findIndex((shown) => shown.message.id === messageId)
  }

  const timeline: Timeline = {
    view,
    days: computed<TimelineDay[]>((before) => {
      if (!isOpen.value) return []
      const { start, end } = slice.value
      const all = messages()
      const days = layoutTimeline(all.slice(start, end), {
        unread: unread.value,
        before: all[start - 1] ?? null,
        after: all[end] ?? null,
      })
      return shareRows(days, before ?? [])
    }),
    isOpen,
    isAtNewest: computed(() => segment.value === null && slice.value.end >= messages().length),
    hasOlder: computed(() => slice.value.start > 0 || view.value.hasBefore),
    unread,
    isUnreadAway,
    isFollowing: true,
    find(messageId) {
      return messages()[indexOf(messageId)] ?? null
    },
    countAfter(seq) {
      const all = live.value.messages
      let count = 0
      for (let at = all.length - 1; at >= 0; at--) {
        const shown = all[at]
        if (shown === undefined || (!shown.isPending && shown.message.seq <= seq)) break
        if (!shown.isMine && shown.message.kind !== 'system') count++
      }
      return count
    },
    mentionBeside(seq) {
      const floor = live.value.messages[0]?.message.seq ?? 0
      return mentions.value.find((one) => one > seq || one < floor) ?? null
    },
    async seekMention(seq) {
      mentions.value = mentions.value.filter((one) => one !== seq)
      leaveSegment()
      await client.messages.loadUntil(id, seq).catch(() => undefined)
      return live.value.messages.find(({ message }) => message.seq === seq)?.message.id ?? null
    },
    older() {
      if (!isOpen.value) return
      if (slice.value.start > 0) {
        slice.value = slideBack(slice.value)
      } else if (view.value.hasBefore && !view.value.isLoadingBefore && Date.now() > restUntil) {
        const held = segment.value
        const loading = held === null ? client.messages.loadBefore(id) : held.loadBefore()
        loading.catch(() => {
          restUntil = Date.now() + pageRestMs
        })
      }
    },
    newer() {
      if (slice.value.end < messages().length) slice.value = slideOn(slice.value, messages().length)
      else if (segment.value !== null && Date.now() > restUntil)
        growSegment(segment.value).catch(() => {
          restUntil = Date.now() + pageRestMs
        })
    },
    toEnd() {
      leaveSegment()
      if (!timeline.isAtNewest.value) slice.value = sliceAtEnd(messages().length)
    },
    async seekUnread() {
      leaveSegment()
      await client.messages.loadUntil(id, readSeq + 1).catch(() => undefined)
      return unread.value?.messageId ?? null
    },
    async reveal(messageId) {
      let index = indexOf(messageId)
      if (index === -1) {
        if (live.value.messages.some((shown) => shown.message.id === messageId)) leaveSegment()
        else {
          const message = await client.messages.get(id, messageId as MessageId).catch(() => null)
          if (message === null) return false
          const floor = live.value.messages[0]?.message.seq ?? 0
          if (floor - message.seq > farMessages && (await enterSegment(messageId, message.seq))) return true
          leaveSegment()
          await client.messages.loadUntil(id, message.seq).catch(() => undefined)
        }
        index = indexOf(messageId)
        if (index === -1) return false
      }
      const { start, end } = slice.value
      if (index < start || index >= end) slice.value = sliceAround(index, messages().length)
      return true
    },
    dropUnread() {
      unread.value = null
      isUnreadAway.value = false
    },
  }
  onScopeDispose(() => segment.value?.close())
  watch(
    () => conversation.value?.mentions ?? [],
    (now) => {
      const last = mentions.value.at(-1) ?? 0
      const more = now.filter((seq) => seq > last)
      if (more.length > 0) mentions.value = [...mentions.value, ...more]
    },
    { immediate: true },
  )
  watch(
    view,
    (now, was) => {
      if (!isOpen.value || isJumping) return
      if (isUnreadAway.value) markUnread(() => timeline.countAfter(readSeq))
      const drawn = slice.value
      const carried = carrySlice(
        drawn,
        {
          drawn: was.messages.slice(drawn.start, drawn.end).map((shown) => shown.message.id),
          isEnd: drawn.end === was.messages.length,
          isFollowing: timeline.isFollowing,
        },
        now.messages.map((shown) => shown.message.id),
      )
      if (carried === null) startOver()
      else slice.value = carried
    },
    { flush: 'sync' },
  )

  watch(
    [() => view.value.isLoaded, () => conversation.value !== null],
    ([isLoaded, isKnown]) => {
      if (isLoaded && isKnown && !isOpening) void open()
    },
    { immediate: true },
  )

  return timeline
}
