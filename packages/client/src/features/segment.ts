// A part of a conversation's history far from its end, for whoever jumps there: contiguous like the window (TL-1), but
// apart from it, in memory only, and gone when it is closed. It grows page by page in both directions until it meets the
// window; changes of what it shows are fetched again when the conversation moves. The window, its cursor and the cache
// are not touched.
import { limits, PalabreError, type ConversationId, type ErrorCode, type Message } from '@palabre/protocol'
import type { Segment, TimelineView } from '../api.ts'
import type { Engine } from '../engine.ts'
import { createDerived } from '../observable.ts'
import { overlay, reuse } from '../outbox/overlay.ts'

/** Pause between two looks at what has changed. */
const refreshMs = 600

/** @throws what the server answers: there is no history from the cache in the middle of nowhere */
export async function openSegment(
  engine: Engine,
  id: ConversationId,
  seq: number,
  changes: (listener: () => void) => () => void,
): Promise<Segment> {
  const first = await engine.connection.call('listMessages', {
    conversationId: id,
    around: seq,
    limit: limits.page,
  })
  let messages: readonly Message[] = first.messages
  let { hasBefore } = first
  let drawn: TimelineView['messages'] = []
  let error: ErrorCode | null = null
  let isBefore = false
  let isAfter = false
  let isClosed = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const floorOfWindow = () => engine.replica.timelines.get(id)?.messages[0]?.seq ?? Number.MAX_SAFE_INTEGER
  const last = () => messages.at(-1)?.seq ?? 0

  const view = createDerived<TimelineView>(() => {
    const timeline = engine.replica.timelines.get(id)
    const me = engine.replica.me()
    if (timeline !== undefined && me !== null) {
      const entries = engine.outbox.entriesOf(id).filter(({ operation }) => operation.name !== 'sendMessage')
      const shown = overlay({
        messages,
        conversation: timeline.conversation,
        entries,
        me: me.id,
        isOnline: engine.isOnline(),
        now: engine.serverNow(),
      })
      drawn = reuse(drawn, shown)
    }
    return {
      conversationId: id,
      messages: drawn,
      hasBefore,
      isLoaded: true,
      isLoadingBefore: isBefore,
      error,
    }
  })

  async function ask(input: { before: number } | { after: number }) {
    try {
      const page = await engine.connection.call('listMessages', {
        conversationId: id,
        limit: limits.page,
        ...input,
      })
      error = null
      return page
    } catch (thrown) {
      error = thrown instanceof PalabreError ? thrown.code : 'INTERNAL'
      throw thrown
    } finally {
      view.invalidate()
    }
  }

  /** What is shown as it is now; a message that is gone from the answer is not mine to see any more. */
  async function refresh(): Promise<void> {
    const start = messages[0]?.seq
    if (start === undefined || isClosed) return
    const fresh: Message[] = []
    let after = start - 1
    const end = last()
    while (after < end) {
      const page = await ask({ after })
      const inside = page.messages.filter((message) => message.seq <= end)
      fresh.push(...inside)
      const reached = page.messages.at(-1)?.seq
      if (reached === undefined || !page.hasAfter) break
      after = reached
    }
    const beyond = messages.filter(({ seq: at }) => at < start || at > end)
    messages = [
      ...beyond.filter(({ seq: at }) => at < start),
      ...fresh,
      ...beyond.filter(({ seq: at }) => at > end),
    ]
    view.invalidate()
  }

  const stop = changes(() => {
    view.invalidate()
    timer ??= setTimeout(() => {
      timer = undefined
      refresh().catch(() => undefined)
    }, refreshMs)
  })

  return {
    view,
    meetsWindow: () => last() + 1 >= floorOfWindow(),
    async loadBefore() {
      const before = messages[0]?.seq
      if (isBefore || !hasBefore || before === undefined) return
      isBefore = true
      view.invalidate()
      try {
        const page = await ask({ before })
        messages = [...page.messages.filter(({ seq: at }) => at < before), ...messages]
        hasBefore = page.hasBefore
      } finally {
        isBefore = false
        view.invalidate()
      }
    },
    async loadAfter() {
      if (isAfter) return
      isAfter = true
      try {
        const after = last()
        const page = await ask({ after })
        messages = [...messages, ...page.messages.filter(({ seq: at }) => at > after)]
      } finally {
        isAfter = false
        view.invalidate()
      }
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      stop()
    },
  }
}
