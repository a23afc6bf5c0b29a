// Marks: what has reached this device and what has been read (REC-1). Gathered, one at a time, and resent after every
// connection; what was read offline is durable in the cache. The number of unread is `timeline.ts`'s affair.
import { PalabreError, type ConversationId } from '@palabre/protocol'
import type { Client } from '../api.ts'
import { backoffMs } from '../connection/backoff.ts'
import type { Engine } from '../engine.ts'
import { applyMarks, type Timeline } from '../sync/timeline.ts'

export interface Receipts {
  readonly api: Client['receipts']
  /** Its timeline moved: perhaps something new has reached this device. Null: look at all. */
  changed(id: ConversationId | null): void
  /** The first sync of a connection is through. */
  connected(): void
  disconnected(): void
}

type Kind = 'delivered' | 'read'
interface Task {
  kind: Kind
  id: ConversationId
}

const READ_WAIT_MS = 200
const DELIVERED_WAIT_MS = 250
/** A thousand devices that all got the same message need not say so in the same instant. */
const DELIVERED_WAIT_LARGE_MS = 2_000
const LARGE_GROUP = 32

export function createReceipts(engine: Engine, random: () => number): Receipts {
  const { replica, connection } = engine
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  let line: Task[] = []
  let isSending = false
  let isReady = false

  function plan(kind: Kind, id: ConversationId, waitMs: number): void {
    const key = kind + id
    if (!isReady || timers.has(key) || line.some((task) => task.kind === kind && task.id === id)) return
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key)
        line.push({ kind, id })
        if (!isSending) void send()
      }, waitMs),
    )
  }

  async function send(): Promise<void> {
    isSending = true
    let failures = 0
    for (let task = line.shift(); task && isReady; task = line.shift()) {
      try {
        await (task.kind === 'read' ? sendRead(task.id) : sendDelivered(task.id))
        failures = 0
      } catch (error) {
        if (error instanceof PalabreError && error.retry === 'never') {
          if (task.kind === 'read') replica.setPendingRead(task.id, null)
          continue
        }
        failures++
        line.unshift(task)
        const told = error instanceof PalabreError ? (error.retryAfterMs ?? 0) : 0
        await new Promise((resolve) => setTimeout(resolve, told + backoffMs(failures, random())))
      }
    }
    isSending = false
  }

  async function sendRead(id: ConversationId): Promise<void> {
    const seq = replica.pendingReads.get(id)
    if (seq === undefined) return
    const { marks } = await connection.call('markRead', { conversationId: id, seq })
    replica.alter(id, (timeline) => applyMarks(timeline, marks), true)
    if ((replica.pendingReads.get(id) ?? 0) <= seq) replica.setPendingRead(id, null)
    else plan('read', id, READ_WAIT_MS)
  }

  async function sendDelivered(id: ConversationId): Promise<void> {
    const seq = arrived(replica.timelines.get(id))
    if (seq === null) return
    const { marks } = await connection.call('markDelivered', { conversationId: id, seq })
    replica.alter(id, (timeline) => applyMarks(timeline, marks), true)
    changed(id)
  }

  /** The newest message of someone else that the server does not know to be here; null: none. */
  function arrived(timeline: Timeline | undefined): number | null {
    if (!timeline) return null
    const me = replica.me()?.id
    const known = Math.max(timeline.conversation.me.deliveredSeq, timeline.conversation.me.joinedSeq)
    for (let index = timeline.messages.length - 1; index >= 0; index--) {
      const message = timeline.messages[index]
      if (!message || message.seq <= known) return null
      if (message.senderId !== me && message.kind !== 'system') return message.seq
    }
    // What lies in the cache below the window is here too, whoever sent it.
    const floor = timeline.messages[0]?.seq ?? 0
    return timeline.inCache && floor - 1 > known ? floor - 1 : null
  }

  function changed(id: ConversationId | null): void {
    if (!isReady) return
    for (const each of id === null ? replica.timelines.keys() : [id]) {
      const timeline = replica.timelines.get(each)
      if (arrived(timeline) === null) continue
      const isLarge = (timeline?.conversation.memberCount ?? 0) > LARGE_GROUP
      plan('delivered', each, isLarge ? DELIVERED_WAIT_LARGE_MS * (0.5 + random()) : DELIVERED_WAIT_MS)
    }
  }

  return {
    changed,
    connected() {
      isReady = true
      for (const id of replica.pendingReads.keys()) plan('read', id, 0)
      changed(null)
    },
    disconnected() {
      isReady = false
      line = []
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
    api: {
      markRead(id, seq) {
        const timeline = replica.timelines.get(id)
        if (!timeline) return
        const wanted = Math.min(seq, timeline.conversation.lastSeq)
        const known = Math.max(timeline.conversation.me.readSeq, replica.pendingReads.get(id) ?? 0)
        if (wanted <= known) return
        replica.setPendingRead(id, wanted)
        plan('read', id, READ_WAIT_MS)
      },
    },
  }
}
