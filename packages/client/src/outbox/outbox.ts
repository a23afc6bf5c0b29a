// The durable queue of what this device wants (OUT-1 … OUT-5): a lane per conversation, one in flight in each,
// lanes side by side. An entry goes by its ack or by being seen in the log, whichever comes first.
// Several tabs may share one: each adds, only the one that was told `setReady` sends, and they tell each other.
// It does not know the wire: `perform.ts` sends, `uploads.ts` brings up the files, `next.ts` says what comes next.
// What entries look like on screen is `overlay.ts`'s affair.
import { PalabreError, type ConversationId, type Message, type MessageId } from '@palabre/protocol'
import type { OutboxEntry, PendingUpload } from '../cache/port.ts'
import { backoffMs } from '../connection/backoff.ts'
import { endsSession } from '../connection/tokens.ts'
import type { Outbox, OutboxOptions, UploadFile } from './door.ts'
import { isUploaded, nextEntry, waits } from './next.ts'
import type { LiveEntry } from './overlay.ts'
import { createPerform } from './perform.ts'

interface Lane {
  entries: readonly LiveEntry[]
  inFlight: LiveEntry | null
  failures: number
  timer: ReturnType<typeof setTimeout> | undefined
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { store } = options
  const perform = createPerform(options.call, options.bodyRevOf, options.onKept)
  const lanes = new Map<ConversationId, Lane>()
  const nobody: readonly LiveEntry[] = []
  let lastOrder = 0
  let isReady = false
  /** Places of what was here and is done: whoever still brings one is late. */
  const done = new Set<number>()
  /** Places of those whose files went up a second time. */
  const begunAnew = new Set<number>()
  /** Entries become durable, and enter their lane, in the order in which they were added (OUT-2). */
  let adding: Promise<unknown> = Promise.resolve()

  function laneOf(id: ConversationId): Lane {
    const known = lanes.get(id)
    if (known) return known
    const made: Lane = { entries: [], inFlight: null, failures: 0, timer: undefined }
    lanes.set(id, made)
    return made
  }

  function setEntries(id: ConversationId, lane: Lane, entries: readonly LiveEntry[]): void {
    lane.entries = entries
    options.onChanged(id)
  }

  /** Puts one in its place, or in the place of what was known of it. */
  function put(entry: LiveEntry): void {
    const { conversationId: id, order } = entry
    if (done.has(order)) return
    lastOrder = Math.max(lastOrder, order)
    const lane = laneOf(id)
    const others = lane.entries.filter((other) => other.order !== order)
    const index = others.findIndex((other) => other.order > order)
    setEntries(id, lane, others.toSpliced(index < 0 ? others.length : index, 0, entry))
  }

  /** Takes some away from what is held here. */
  function drop(id: ConversationId, lane: Lane, isGone: (entry: LiveEntry) => boolean): void {
    const gone = lane.entries.filter(isGone)
    if (gone.length === 0) return
    for (const entry of gone) done.add(entry.order)
    setEntries(
      id,
      lane,
      lane.entries.filter((entry) => !gone.includes(entry)),
    )
  }

  /** Alters one entry, here and where it is kept. Answers the altered one, or null if it has gone meanwhile. */
  async function alter(entry: LiveEntry, change: Partial<LiveEntry>): Promise<LiveEntry | null> {
    const lane = laneOf(entry.conversationId)
    const current = lane.entries.find((other) => other.order === entry.order)
    if (!current) return null
    const next = { ...current, ...change }
    if (lane.inFlight?.order === entry.order) lane.inFlight = next
    setEntries(
      entry.conversationId,
      lane,
      lane.entries.map((other) => (other === current ? next : other)),
    )
    await store.putEntry(bare(next))
    options.onTold({ put: [next] })
    if (lanes.get(entry.conversationId) !== lane) return null
    return lane.entries.find((other) => other.order === entry.order) ?? null
  }

  async function remove(id: ConversationId, gone: readonly LiveEntry[]): Promise<void> {
    if (gone.length === 0) return
    const lane = laneOf(id)
    const orders = new Set(gone.map((entry) => entry.order))
    drop(id, lane, (entry) => orders.has(entry.order))
    if (lane.inFlight && orders.has(lane.inFlight.order)) lane.inFlight = null
    await store.removeEntries([...orders])
    options.onTold({ gone: [...orders] })
  }

  function pump(id: ConversationId): void {
    const lane = laneOf(id)
    if (lane.entries.some((entry) => !isUploaded(entry))) options.onUploads?.()
    if (!isReady || lane.inFlight || lane.timer !== undefined) return
    const next = nextEntry(lane.entries)
    if (!next) return
    lane.inFlight = next
    void attempt(id, lane, next)
  }

  async function attempt(id: ConversationId, lane: Lane, entry: LiveEntry): Promise<void> {
    const isMine = () => lanes.get(id) === lane && lane.inFlight?.order === entry.order
    try {
      // Durable before the first attempt, so that after a restart nobody takes it for never sent (OUT-4).
      const current = entry.wasAttempted ? entry : await alter(entry, { wasAttempted: true })
      if (!current) return
      const message = await perform(current)
      if (message && lanes.get(id) === lane) options.onAcked(message)
      if (isMine()) {
        lane.failures = 0
        lane.inFlight = null
        settle(id, lane, entry, message)
      }
    } catch (error) {
      if (isMine()) {
        lane.inFlight = null
        await refused(id, lane, entry, error).catch(() => undefined)
      }
    }
    pump(id)
  }

  /** Acknowledged: gone from the cache; still here until the timeline shows what the server made of it. */
  function settle(id: ConversationId, lane: Lane, entry: LiveEntry, message: Message | null): void {
    const acked = lane.entries.flatMap((other) =>
      other.order === entry.order ? [{ ...other, acked: message }] : [],
    )
    acked.forEach(put)
    if (message) {
      const tell = () => options.onTold({ put: acked })
      tell()
      // Again once it has left the cache: a tab that read the cache in between took it for one that waits.
      store.removeEntries([entry.order]).then(tell, () => undefined)
      caughtUp(id)
    } else remove(id, [entry]).catch(() => undefined)
  }

  async function refused(id: ConversationId, lane: Lane, entry: LiveEntry, error: unknown): Promise<void> {
    const code = error instanceof PalabreError ? error.code : 'INTERNAL'
    const isForGood = error instanceof PalabreError && error.retry === 'never' && !endsSession(error.code)
    if (!isForGood || (code === 'UPLOAD_NOT_FOUND' && (await isBegunAnew(entry)))) {
      lane.failures++
      const told = error instanceof PalabreError ? (error.retryAfterMs ?? 0) : 0
      later(id, lane, told + backoffMs(lane.failures, options.random()))
      return
    }
    await giveUp(id, lane, entry, code)
  }

  /** The server has its files no more: they go up once again. */
  async function isBegunAnew(entry: LiveEntry): Promise<boolean> {
    const { order, uploads = [] } = entry
    if (uploads.length === 0 || begunAnew.has(order)) return false
    begunAnew.add(order)
    await alter(entry, { uploads: uploads.map((upload) => ({ ...upload, url: null, isDone: false })) })
    return true
  }

  async function giveUp(id: ConversationId, lane: Lane, entry: LiveEntry, code: string): Promise<void> {
    const isSending = entry.operation.name === 'sendMessage'
    // A change of a message that this device does not hold any more: nobody could see it failed, nor discard it.
    if (!isSending && options.cursorOf(id) === null) return await remove(id, [entry])
    await alter(entry, { failed: code })
    if (!isSending) return
    for (const child of lane.entries)
      if (child.messageId === entry.messageId && child.order > entry.order && child.failed === null)
        await alter(child, { failed: 'PARENT_FAILED' })
  }

  function later(id: ConversationId, lane: Lane, delayMs: number): void {
    clearTimeout(lane.timer)
    lane.timer = setTimeout(() => {
      lane.timer = undefined
      pump(id)
    }, delayMs)
  }

  function caughtUp(id: ConversationId): void {
    const lane = lanes.get(id)
    if (!lane || lane.entries.length === 0) return
    const cursor = options.cursorOf(id)
    drop(id, lane, (entry) => entry.acked !== null && (cursor === null || cursor >= entry.acked.rev))
  }

  /** A failed message, or the failed changes of one. */
  function failedOf(id: ConversationId, messageId: MessageId): LiveEntry[] {
    return entriesOf(id).filter((entry) => entry.messageId === messageId && entry.failed !== null)
  }

  /** Before anything new is sent: what was kept before it, in another tab, goes first (OUT-2). */
  async function catchUp(): Promise<void> {
    if (!isReady) return
    for (const entry of await store.added())
      if (!entriesOf(entry.conversationId).some((other) => other.order === entry.order))
        put({ ...entry, acked: null })
  }

  function sendingOf(id: ConversationId, messageId: MessageId): LiveEntry | undefined {
    return entriesOf(id).find(
      (entry) => entry.messageId === messageId && entry.operation.name === 'sendMessage',
    )
  }

  function entriesOf(id: ConversationId): readonly LiveEntry[] {
    return lanes.get(id)?.entries ?? nobody
  }

  function all(): LiveEntry[] {
    return [...lanes.values()].flatMap((lane) => lane.entries)
  }

  return {
    add(conversationId, messageId, operation, files = []) {
      const entry = {
        conversationId,
        messageId,
        operation,
        queuedAt: operation.name === 'sendMessage' ? operation.input.sentAt : options.now(),
        wasAttempted: false,
        failed: null,
        ...(files.length === 0 ? {} : { uploads: files.map(uploadOf) }),
      }
      const bytes = files.map((file) => file.bytes)
      const added = adding.then(async () => {
        // Above what the cache holds, and above what has gone from it but is still shown; never the same one twice,
        // so that what is `done` stays so.
        const order = await store.addEntry(
          entry,
          Math.max(lastOrder + 1, Math.floor(options.now() * 1_000)),
          bytes,
        )
        const live: LiveEntry = { ...entry, order, acked: null }
        lastOrder = Math.max(lastOrder, order)
        await catchUp()
        options.onTold({ put: [live] })
        // It may be here already: read or heard before this tab was told of its own.
        if (!entriesOf(conversationId).some((other) => other.order === order)) put(live)
        pump(conversationId)
      })
      adding = added.catch(() => undefined)
      return added
    },

    entriesOf,
    all,
    // What one keeps for oneself is nothing that anybody waits for.
    waiting: () => all().filter((entry) => waits(entry) && entry.operation.name !== 'keep').length,
    isEmpty: () => all().every((entry) => entry.acked !== null || entry.operation.name === 'keep'),

    isReady: () => isReady,

    async keepUpload({ conversationId: id, order }, index, change) {
      const entry = entriesOf(id).find((one) => one.order === order)
      if (!entry?.uploads) return
      const uploads = entry.uploads.map((one, at) => (at === index ? { ...one, ...change } : one))
      await alter(entry, { uploads })
      pump(id)
    },

    async refuse(id, messageId, error) {
      const entry = sendingOf(id, messageId)
      if (entry && waits(entry)) await giveUp(id, laneOf(id), entry, error.code)
      pump(id)
    },

    async supersede(id, entries) {
      const { inFlight } = laneOf(id)
      const left = entriesOf(id).filter(({ order }) => entries.some((entry) => entry.order === order))
      await remove(
        id,
        left.filter(({ wasAttempted, order }) => !wasAttempted && order !== inFlight?.order),
      )
    },

    async cancel(id, messageId) {
      const sending = sendingOf(id, messageId)
      const isUnsent = sending && !sending.wasAttempted && laneOf(id).inFlight?.order !== sending.order
      if (!isUnsent) return false
      await remove(
        id,
        entriesOf(id).filter((entry) => entry.messageId === messageId),
      )
      options.onUploads?.()
      pump(id)
      return true
    },

    setReady(next) {
      isReady = next
      options.onUploads?.()
      for (const [id, lane] of lanes) {
        clearTimeout(lane.timer)
        lane.timer = undefined
        lane.failures = 0
        if (isReady) pump(id)
      }
    },

    seen(messages) {
      for (const message of messages) {
        const id = message.conversationId
        const lane = lanes.get(id)
        const sending = sendingOf(id, message.id)
        if (!lane || !sending) continue
        remove(id, [sending]).catch(() => undefined)
        // It is there after all: what was refused for its sake may go.
        for (const child of lane.entries)
          if (child.messageId === message.id && child.failed === 'PARENT_FAILED')
            alter(child, { failed: null }).catch(() => undefined)
        pump(id)
      }
    },

    caughtUp,

    forgetBases() {
      for (const entry of all()) {
        const { operation } = entry
        if (operation.name === 'editMessage' && operation.input.bodyRev !== null)
          alter(entry, {
            operation: { name: 'editMessage', input: { ...operation.input, bodyRev: null } },
          }).catch(() => undefined)
        // Its rev is one of the old numbers: the new ones say when it is in the timeline.
        if (entry.acked) remove(entry.conversationId, [entry]).catch(() => undefined)
      }
    },

    async retry(id, messageId) {
      for (const entry of failedOf(id, messageId)) await alter(entry, { failed: null })
      pump(id)
    },

    async discard(id, messageId) {
      await remove(id, failedOf(id, messageId))
      pump(id)
    },

    restore(entries, shownBefore = []) {
      const held = new Set(entries.map((entry) => entry.order))
      // Whatever is shown was kept first: what is not kept any more has gone, unless it was acknowledged (OUT-5).
      const gone = new Set(shownBefore.flatMap(({ order }) => (held.has(order) ? [] : [order])))
      for (const [id, lane] of lanes) drop(id, lane, (known) => !known.acked && gone.has(known.order))
      for (const entry of entries) {
        const known = entriesOf(entry.conversationId).find((other) => other.order === entry.order)
        put({ ...entry, acked: known?.acked ?? null })
      }
    },

    hear({ put: heard = [], gone = [] }, isTruth) {
      const ids = new Set(heard.map((entry) => entry.conversationId))
      for (const entry of heard) {
        const isKnown = entriesOf(entry.conversationId).some((other) => other.order === entry.order)
        if (isTruth || !isKnown) put(entry)
      }
      for (const order of gone) done.add(order)
      for (const [id, lane] of lanes) drop(id, lane, (entry) => done.has(entry.order))
      for (const id of ids) caughtUp(id)
      if (isTruth) return
      catchUp().then(
        () => ids.forEach(pump),
        () => undefined,
      )
    },

    clear() {
      isReady = false
      const ids = [...lanes.keys()]
      for (const lane of lanes.values()) clearTimeout(lane.timer)
      lanes.clear()
      done.clear()
      begunAnew.clear()
      options.onUploads?.()
      lastOrder = 0
      for (const id of ids) options.onChanged(id)
    },
  }
}

function uploadOf({ bytes, ...file }: UploadFile): PendingUpload {
  return { ...file, bytes: bytes.size, contentType: bytes.type, url: null, isDone: false }
}

/** As it is kept: what only this process knows stays out. */
function bare({ acked: _, ...entry }: LiveEntry): OutboxEntry {
  return entry
}
