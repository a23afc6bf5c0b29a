// Messages: the timeline of a conversation as it is to be drawn, older pages, and everything one does to a message.
// What changes a message goes through the outbox, so that it survives being offline.
import { v7 } from 'uuid'
import {
  isHidden,
  limits,
  PalabreError,
  type ConversationId,
  type ErrorCode,
  type Message,
  type MessageId,
  type OpId,
} from '@palabre/protocol'
import type { Client, StrandedMessage, TimelineView } from '../api.ts'
import type { OutboxOperation } from '../cache/port.ts'
import type { Engine } from '../engine.ts'
import { createDerived, type Derived } from '../observable.ts'
import { createSendMedia } from '../outbox/send-media.ts'
import { checked } from '../outbox/check.ts'
import { overlay, reuse } from '../outbox/overlay.ts'
import { applyPage, expectPage, forgetPage, isBelow, type Timeline } from '../sync/timeline.ts'

export interface Messages {
  readonly api: Omit<Client['messages'], 'forward' | 'segment'>
  /** Null: any conversation. */
  changed(id: ConversationId | null): void
}

const unknown: Omit<TimelineView, 'conversationId' | 'error' | 'isLoaded'> = {
  messages: [],
  hasBefore: false,
  isLoadingBefore: false,
}

const noneStranded: readonly StrandedMessage[] = []

export function createMessages(engine: Engine): Messages {
  const { replica, outbox, kept, connection } = engine
  const views = new Map<ConversationId, Derived<TimelineView>>()
  const drawn = new Map<ConversationId, TimelineView['messages']>()
  const loading = new Map<ConversationId, Promise<void>>()
  const errors = new Map<ConversationId, ErrorCode>()

  /** Refused for good, and nowhere else to be seen. */
  const stranded = createDerived(() => {
    const found = outbox.all().flatMap((entry): StrandedMessage[] => {
      const { conversationId, messageId, operation, failed, queuedAt } = entry
      const isElsewhere = failed === null || replica.timelines.has(conversationId)
      if (operation.name !== 'sendMessage' || isElsewhere) return []
      const { body } = operation.input
      return [
        { conversationId, messageId, text: 'text' in body ? String(body.text) : '', writtenAt: queuedAt },
      ]
    })
    return found.length > 0 ? found : noneStranded
  })

  function view(id: ConversationId): TimelineView {
    const timeline = replica.timelines.get(id)
    const me = replica.me()
    if (!timeline || !me) {
      drawn.delete(id)
      const isKnown = replica.meta.epoch !== null
      const isMissing = isKnown && connection.state.get().name === 'online'
      return {
        ...unknown,
        conversationId: id,
        isLoaded: isKnown,
        error: isMissing ? 'MEMBER_REQUIRED' : null,
      }
    }
    const own = kept.of(id)
    const after = overlay({
      messages: timeline.messages.filter(
        (message) => message.seq > own.clearedSeq && !isHidden(message) && !own.hidden.has(message.id),
      ),
      conversation: timeline.conversation,
      entries: outbox.entriesOf(id),
      me: me.id,
      isOnline: engine.isOnline(),
      now: engine.serverNow(),
    })
    const messages = reuse(drawn.get(id) ?? [], after)
    drawn.set(id, messages)
    const isShort = isFolded(timeline) && !errors.has(id)
    if (isShort) queueMicrotask(() => void loadBefore(id))
    return {
      conversationId: id,
      messages,
      hasBefore: timeline.inCache || timeline.hasBefore,
      isLoaded: !isShort,
      isLoadingBefore: loading.has(id),
      error: errors.get(id) ?? null,
    }
  }

  function changed(id: ConversationId | null): void {
    stranded.invalidate()
    if (id !== null) views.get(id)?.invalidate()
    else for (const each of views.values()) each.invalidate()
  }

  function loadBefore(id: ConversationId, size: number = limits.pageDefault): Promise<void> {
    const running = loading.get(id)
    if (running) return running
    const timeline = replica.timelines.get(id)
    if (!timeline || (!timeline.inCache && !timeline.hasBefore)) return Promise.resolve()
    const run = loadPage(id, timeline, size).finally(() => {
      loading.delete(id)
      changed(id)
    })
    loading.set(id, run)
    changed(id)
    return run
  }

  async function loadPage(id: ConversationId, timeline: Timeline, size: number): Promise<void> {
    const { generation } = timeline
    const before = timeline.messages[0]?.seq ?? timeline.conversation.lastSeq + 1
    // From here on, changes of messages below the window are kept until the page is in place (SYNC-10).
    replica.alter(id, expectPage, false)
    try {
      const page =
        (timeline.inCache && (await cachedPage(id, timeline, before))) ||
        (await leadersPage(id, before)) ||
        (await serverPage(id, before, size))
      errors.delete(id)
      const current = replica.timelines.get(id)
      if (!current) return
      const { isFromCache, ...rest } = page
      const step = applyPage(current, { ...rest, generation, before })
      replica.commit(new Map([[id, isFromCache ? { ...step, put: [] } : step]]))
      outbox.seen(step.put)
    } catch (error) {
      replica.alter(id, forgetPage, false)
      errors.set(id, error instanceof PalabreError ? error.code : 'INTERNAL')
    }
  }

  async function cachedPage(id: ConversationId, timeline: Timeline, before: number) {
    const messages = await replica.inCache((cache) => cache.messages(id, before, limits.page))
    // The cache may hold fewer than it did: it makes room when the browser's is short.
    const held = messages.length > 0 ? messages : timeline.messages
    const hasBefore = timeline.hasBefore || isBelow(timeline.conversation, held)
    if (messages.length === 0 && hasBefore) return null
    const inCache = messages.length === limits.page
    return { messages, inCache, hasBefore, isFromCache: true }
  }

  /** The tab that leads pages back for all, so that all hear of changes there; its page is in the cache then. */
  async function leadersPage(id: ConversationId, before: number) {
    const remote = engine.remote()
    if (!remote) return null
    await remote({ do: 'loadUntil', id, seq: before - 1 })
    const timeline = replica.timelines.get(id)
    return timeline ? await cachedPage(id, timeline, before) : null
  }

  async function serverPage(id: ConversationId, before: number, limit: number) {
    const input = { conversationId: id, before, limit }
    const { messages, hasBefore } = await connection.call('listMessages', input)
    return { messages, inCache: false, hasBefore, isFromCache: false }
  }

  function inWindow(id: ConversationId, messageId: MessageId): Message | null {
    const found = replica.timelines.get(id)?.messages.find((message) => message.id === messageId)
    const acked = outbox
      .entriesOf(id)
      .findLast((entry) => entry.messageId === messageId && entry.acked)?.acked
    return acked && acked.rev > (found?.rev ?? 0) ? acked : (found ?? null)
  }

  /** A change of a message that is in the log or waits before it; an earlier one that was refused is forgotten. */
  async function change(id: ConversationId, messageId: MessageId, operation: OutboxOperation): Promise<void> {
    const sending = outbox
      .entriesOf(id)
      .find((entry) => entry.messageId === messageId && entry.operation.name === 'sendMessage')
    if (sending?.failed) throw new PalabreError('PARENT_FAILED')
    if (!sending) await outbox.discard(id, messageId)
    await outbox.add(id, messageId, await checked(operation))
  }

  type Altering = Extract<OutboxOperation, { name: 'deleteMessage' | 'react' | 'votePoll' | 'closePoll' }>
  function alter<N extends Altering['name']>(
    name: N,
    id: ConversationId,
    messageId: MessageId,
    more: Omit<Extract<Altering, { name: N }>['input'], 'conversationId' | 'id' | 'opId'>,
  ): Promise<void> {
    const input = { conversationId: id, id: messageId, opId: opId(), ...more }
    return change(id, messageId, { name, input } as Altering)
  }

  async function get(id: ConversationId, messageId: MessageId): Promise<Message | null> {
    const held = inWindow(id, messageId)
    if (held) return held
    try {
      return (await connection.call('getMessage', { conversationId: id, id: messageId })).message
    } catch (error) {
      if (error instanceof PalabreError && error.retry === 'never') return null
      throw error
    }
  }

  return {
    changed,
    api: {
      timeline(id) {
        const held = views.get(id)
        if (held) return held
        const made = createDerived(() => view(id))
        views.set(id, made)
        return made
      },

      stranded,
      loadBefore: (id) => loadBefore(id),

      async loadUntil(id, seq) {
        for (;;) {
          const timeline = replica.timelines.get(id)
          const floor = timeline?.messages[0]?.seq
          if (!timeline || floor === undefined || floor <= seq) return
          await loadBefore(id, limits.page)
          const reached = replica.timelines.get(id)?.messages[0]?.seq
          if (reached === undefined || reached >= floor) return
        }
      },

      get,

      async send(id, { text, replyTo = null, mentions = [], messageId = v7() as MessageId }) {
        engine.me()
        const operation: OutboxOperation = {
          name: 'sendMessage',
          input: {
            conversationId: id,
            id: messageId,
            kind: 'text',
            body: { text },
            sentAt: engine.now(),
            ...(replyTo === null ? {} : { replyTo }),
            ...(mentions.length === 0 ? {} : { mentions }),
          },
        }
        await outbox.add(id, messageId, await checked(operation))
        return messageId
      },

      ...createSendMedia(engine, async (id, input, files) =>
        outbox.add(id, input.id as MessageId, await checked({ name: 'sendMessage', input }), files),
      ),

      edit(id, messageId, text) {
        const isEditing = outbox
          .entriesOf(id)
          .some((entry) => entry.messageId === messageId && entry.failed === null && entry.acked === null)
        // Behind another change of it, the base is what that one makes of it (OUT-4).
        const bodyRev = isEditing ? null : (inWindow(id, messageId)?.bodyRev ?? null)
        return change(id, messageId, {
          name: 'editMessage',
          input: { conversationId: id, id: messageId, body: { text }, bodyRev, opId: opId() },
        })
      },

      delete: (id, messageId) => alter('deleteMessage', id, messageId, {}),
      react: (id, messageId, emoji) => alter('react', id, messageId, { emoji }),
      vote: (id, messageId, choices) => alter('votePoll', id, messageId, { choices: [...choices] }),
      closePoll: (id, messageId) => alter('closePoll', id, messageId, {}),

      retry: (id, messageId) => outbox.retry(id, messageId),
      discard: (id, messageId) => outbox.discard(id, messageId),
      receipts: (id, seq) => connection.call('listReceipts', { conversationId: id, seq }),
    },
  }
}

/** As at start: the newest is in memory, the page before it in the cache until someone looks. */
function isFolded(timeline: Timeline): boolean {
  return timeline.inCache && timeline.messages.length < limits.page
}

function opId(): OpId {
  return v7() as OpId
}
