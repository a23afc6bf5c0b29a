// Writes down what devices are told: acknowledgements of what they asked for, and everything of a conversation that
// reaches them by any route. It sees packets as they arrive, before the client does.
import { operations, type OperationName } from '@palabre/protocol'
import type { Changing, Step } from '../torture/history.ts'
import type { Tap } from './network.ts'

type Fields = Record<string, unknown>

export interface Witness extends Tap {
  readonly steps: Step[]
  note(step: Step): void
  /** The store's epoch, as this device heard it last. */
  epochOf(device: string): string
  /** Adds what was heard of conversations: read only when somebody has been removed, for it takes long. */
  unfold(): void
}

const nameOf = new Map<string, OperationName>(
  (Object.keys(operations) as OperationName[]).flatMap((name) => {
    const { socket } = operations[name]
    return socket === null ? [] : [[socket, name]]
  }),
)
/** What is worth reading: questions whose answers are noted. */
const noted =
  /^2\d+\["(send_message|edit_message|delete_message|react|mark_read|remove_member|get_digests|sync)"/
const packet = /^(\d)(\d*)(\[.*\])$/s

/** `userOf`: whose device it is; null while nobody is signed in there. */
export function createWitness(now: () => number, userOf: (device: string) => string | null): Witness {
  const steps: Step[] = []
  const epochs = new Map<string, string>()
  const asked = new WeakMap<object, Map<string, { name: OperationName; input: Fields }>>()
  const arrivals: Arrival[] = []

  function note(step: Step): void {
    steps.push(step)
  }

  function done(device: string, name: OperationName, input: Fields, output: Fields): void {
    if (name === 'sync') epochs.set(device, String(output['epoch']))
    const user = userOf(device)
    if (user === null) return
    const of = { at: now(), device, user, conversation: String(input['conversationId']) }
    const id = String(input['id'])
    if (name === 'sendMessage') note({ step: 'acked', ...of, id })
    else if (name === 'getDigests') {
      const blocks = Number(input['repaired'] ?? 0)
      if (blocks > 0) note({ step: 'repaired', ...of, blocks })
    } else if (name === 'markRead') note({ step: 'read', ...of, seq: Number(input['seq']) })
    else if (name === 'removeMember')
      note({ step: 'removed', at: of.at, conversation: of.conversation, user: String(input['userId']) })
    else {
      const change = changeOf(name, input)
      if (change !== null) note({ step: 'changed', ...of, id, change })
    }
  }

  function keep(device: string, text: string, saidAt: number): void {
    const user = userOf(device)
    if (user !== null) arrivals.push({ at: now(), before: steps.length, device, user, text, saidAt })
  }

  return {
    steps,
    note,
    epochOf: (device) => epochs.get(device) ?? '',

    sent(_, link, text) {
      if (!noted.test(text)) return
      const [, type, ackId = '', data] = packet.exec(text) ?? []
      if (type !== '2' || ackId === '' || data === undefined) return
      const [event, input] = JSON.parse(data) as [string, Fields]
      const name = nameOf.get(event)
      if (name === undefined) return
      const waiting = asked.get(link) ?? new Map<string, { name: OperationName; input: Fields }>()
      asked.set(link, waiting.set(ackId, { name, input }))
    },

    arrived(device, link, text, saidAt) {
      keep(device, text, saidAt)
      if (!text.startsWith('3')) return
      const [, , ackId = '', data = '[]'] = packet.exec(text) ?? []
      const question = asked.get(link)?.get(ackId)
      const [answer] = JSON.parse(data) as [Fields | undefined]
      if (question && answer?.['ok'] === true) done(device, question.name, question.input, answer)
    },

    answered(device, { method, path, body }, { status, body: text }) {
      if (status >= 400) return
      keep(device, text, now())
      const name = (Object.keys(operations) as OperationName[]).find((one) => isRoute(one, method, path))
      if (name === undefined || method === 'GET') return
      const input = { ...parametersOf(name, path), ...(JSON.parse(body ?? '{}') as Fields) }
      done(device, name, input, JSON.parse(text) as Fields)
    },

    unfold() {
      if (!steps.some(({ step }) => step === 'removed')) return
      const merged: Step[] = []
      const places: number[] = []
      let next = 0
      for (let at = 0; at <= steps.length; at++) {
        for (let arrival = arrivals[next]; arrival?.before === at; arrival = arrivals[++next])
          merged.push(...heardOf(arrival))
        places.push(merged.length)
        const step = steps[at]
        if (step !== undefined) merged.push(step)
      }
      for (const step of merged)
        if (step.step === 'restored') step.takenAt = places[step.takenAt] ?? step.takenAt
      steps.splice(0, steps.length, ...merged)
    },
  }
}

interface Arrival {
  at: number
  /** How many steps there were. */
  before: number
  device: string
  user: string
  text: string
  saidAt: number
}

function heardOf({ at, device, user, text, saidAt }: Arrival): Step[] {
  const from = text.search(/[[{]/)
  if (from < 0) return []
  return heardIn(JSON.parse(text.slice(from))).map((heard) => ({
    step: 'heard',
    at,
    device,
    user,
    ...heard,
    ...(heard.rev === null ? { toldAt: saidAt } : {}),
  }))
}

function changeOf(name: OperationName, input: Fields): Changing | null {
  if (name === 'editMessage') return { edit: (input['body'] as { text: string }).text }
  if (name === 'deleteMessage') return { delete: true }
  return name === 'react' ? { react: input['emoji'] as string | null } : null
}

function isRoute(name: OperationName, method: string, path: string): boolean {
  const [how, pattern = ''] = operations[name].http.split(' ')
  return how === method && new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(path)
}

function parametersOf(name: OperationName, path: string): Fields {
  const parts = operations[name].http.split(' ')[1]?.split('/') ?? []
  const values = path.split('/')
  return Object.fromEntries(
    parts.flatMap((part, at) =>
      part.startsWith(':') ? [[part.slice(1), decodeURIComponent(values[at] ?? '')]] : [],
    ),
  )
}

interface Heard {
  conversation: string
  seq: number | null
  rev: number | null
}

/** Every message, change and notice of a conversation in what arrived. */
function heardIn(value: unknown, into: Heard[] = []): Heard[] {
  if (Array.isArray(value)) for (const part of value) heardIn(part, into)
  else if (typeof value === 'object' && value !== null) {
    const fields = value as Fields
    const { conversationId, seq, rev, event } = fields
    if (typeof conversationId === 'string') {
      const isMessage = typeof seq === 'number' && typeof rev === 'number' && 'senderId' in fields
      if (isMessage) into.push({ conversation: conversationId, seq, rev })
      else if (typeof rev === 'number') into.push({ conversation: conversationId, seq: null, rev })
      else if (event === 'receipts' || 'state' in fields)
        into.push({ conversation: conversationId, seq: null, rev: null })
    }
    for (const part of Object.values(fields)) heardIn(part, into)
  }
  return into
}
