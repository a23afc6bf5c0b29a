// The history as it grows: steps in the order in which they were heard of, from devices and from links, each once; and
// the figures that are shown. What passes a link is told in the words of the history here.
import type { EventData, InputOf, Message, Output } from '@palabre/protocol'
import type { LinkWatch, Spoil } from '../kit/links/fault-link.ts'
import type { Changing, Step } from './history.ts'
import type { DeviceOrder } from './orders.ts'

export interface Figures {
  messages: number
  acknowledged: number
  reconnects: number
  /** Conversations asked for apart, because something was missing between two events. */
  gaps: number
  duplicates: number
  resets: number
  /** Sockets that the server closed because their token had run out. */
  expired: number
  looked: number
  readonly faults: Map<string, number>
}

export interface Record {
  readonly steps: Step[]
  readonly figures: Figures
  add(step: Step): void
  /** Counted under its name. */
  fault(name: string, what: string): void
  /** For whoever reads the history. */
  note(what: string): void
  at(): number
  /** For the link of one device. */
  watch(device: Watched, on: LinkMoments): LinkWatch
}

/** Moments that faults wait for. */
export interface LinkMoments {
  /** A message has just gone to the server. */
  appending(): void
  /** The server has just told somebody of a message. */
  fanningOut(): void
  spoiled(how: Spoil): void
}

type Watched = Pick<DeviceOrder, 'name' | 'user' | 'tabs'>
type Answer = { ok: boolean } & object

export function createRecord(begunAt: number): Record {
  const steps: Step[] = []
  const known = new Set<string>()
  const acked = new Set<string>()
  /** Who wrote each message: tabs of one device share a link. */
  const writers = new Map<string, string>()
  const figures: Figures = {
    messages: 0,
    acknowledged: 0,
    reconnects: 0,
    gaps: 0,
    duplicates: 0,
    resets: 0,
    expired: 0,
    looked: 0,
    faults: new Map(),
  }
  const at = () => Date.now() - begunAt

  function add(step: Step): void {
    // A device that was killed tells again what it had written.
    if (step.step === 'typed') {
      if (!isNew(`typed ${step.id}`)) return
      writers.set(step.id, step.device)
    }
    if (step.step === 'acked') {
      if (!isNew(`acked ${step.device} ${step.id}`)) return
      acked.add(step.id)
      figures.acknowledged = acked.size
    }
    if (step.step === 'typed') figures.messages += 1
    steps.push(step)
  }

  function isNew(key: string): boolean {
    if (known.has(key)) return false
    known.add(key)
    return true
  }

  function watch({ name: device, user, tabs }: Watched, on: LinkMoments): LinkWatch {
    let connections = 0
    /** One of its tabs has written it, and was killed before it could say so. */
    const unknownTab = tabs > 1 ? `${device}~?` : device
    const of = () => ({ at: at(), device, user })

    function heard(message: Message): void {
      add({
        step: 'heard',
        ...of(),
        conversation: message.conversationId,
        seq: message.seq,
        rev: message.rev,
      })
    }

    function changed(input: { conversationId: string; id: string }, change: Changing): void {
      add({ step: 'changed', ...of(), conversation: input.conversationId, id: input.id, change })
    }

    /** On its way, so it was asked for: also where whoever asked was killed before it could tell. */
    const asked: { readonly [event: string]: (input: never) => void } = {
      send_message(input: InputOf<'sendMessage'>) {
        on.appending()
        const { conversationId, id, body } = input
        add({
          step: 'typed',
          ...of(),
          device: unknownTab,
          conversation: conversationId,
          id,
          text: 'text' in body ? (body.text ?? '') : '',
        })
      },
      edit_message: (input: InputOf<'editMessage'>) => changing(input, { edit: input.body.text }),
      delete_message: (input: InputOf<'deleteMessage'>) => changing(input, { delete: true }),
      react: (input: InputOf<'react'>) => changing(input, { react: input.emoji }),
      sync(input: InputOf<'sync'>) {
        if (input.only !== undefined) figures.gaps += 1
      },
    }

    function changing(
      input: { conversationId: string; id: string; opId?: string | undefined },
      change: Changing,
    ): void {
      if (isNew(`changing ${input.opId}`))
        add({ step: 'changing', ...of(), conversation: input.conversationId, id: input.id, change })
    }

    /** The answer reached the device. */
    const understood: { readonly [event: string]: (input: never, output: never) => void } = {
      send_message(input: InputOf<'sendMessage'>) {
        const writer = { ...of(), device: writers.get(input.id) ?? device }
        add({ step: 'acked', ...writer, conversation: input.conversationId, id: input.id })
      },
      edit_message: (input: InputOf<'editMessage'>) => changed(input, { edit: input.body.text }),
      delete_message: (input: InputOf<'deleteMessage'>) => changed(input, { delete: true }),
      react: (input: InputOf<'react'>) => changed(input, { react: input.emoji }),
      mark_read: (input: InputOf<'markRead'>) =>
        add({ step: 'read', ...of(), conversation: input.conversationId, seq: input.seq }),
      list_messages: (_: unknown, { messages }: Output<'listMessages'>) => messages.forEach(heard),
      sync(_: unknown, { conversations }: Output<'sync'>) {
        figures.resets += conversations.filter(({ reset }) => reset).length
        for (const { messages } of conversations) messages.forEach(heard)
      },
    }

    /** Whether or not the answer arrives: it is committed. */
    function committed(event: string, input: unknown, answer: Answer): void {
      if ('duplicate' in answer && answer.duplicate === true) figures.duplicates += 1
      if (event !== 'remove_member') return
      const { conversationId, userId } = input as InputOf<'removeMember'>
      add({ step: 'removed', at: at(), conversation: conversationId, user: userId })
    }

    function told(event: string, data: unknown): void {
      switch (event) {
        case 'receive_message':
          on.fanningOut()
          return heard((data as EventData<'receive_message'>).message)
        case 'message_updated': {
          const { conversationId, rev, message } = data as EventData<'message_updated'>
          if (message) return heard(message)
          return add({ step: 'heard', ...of(), conversation: conversationId, seq: null, rev })
        }
        case 'conversation_updated':
          return heard((data as EventData<'conversation_updated'>).message)
        case 'typing': {
          const { conversationId } = data as EventData<'typing'>
          return add({
            step: 'heard',
            ...of(),
            conversation: conversationId,
            seq: null,
            rev: null,
            toldAt: at(),
          })
        }
        case 'notifications_batch': {
          for (const notice of data as EventData<'notifications_batch'>) {
            if (notice.event === 'contact_status_changed') continue
            const conversation = notice.conversationId
            add({ step: 'heard', ...of(), conversation, seq: null, rev: null, toldAt: at() })
          }
          return
        }
        case 'session_ended':
          if ((data as EventData<'session_ended'>).reason === 'TOKEN_EXPIRED') figures.expired += 1
      }
    }

    return {
      connected() {
        connections += 1
        if (connections > 1) figures.reconnects += 1
      },
      asked: (event, input) => asked[event]?.(input as never),
      answered(event, input, data, isLost) {
        const answer = data as Answer
        if (!answer.ok) return
        committed(event, input, answer)
        if (!isLost) understood[event]?.(input as never, answer as never)
      },
      told,
      spoiled: on.spoiled,
    }
  }

  return {
    steps,
    figures,
    add,
    at,
    watch,
    note: (what) => add({ step: 'fault', at: at(), what }),
    fault(name, what) {
      figures.faults.set(name, (figures.faults.get(name) ?? 0) + 1)
      add({ step: 'fault', at: at(), what })
    },
  }
}
