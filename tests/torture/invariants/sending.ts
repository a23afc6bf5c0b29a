// I1 to I4: what was written. An acknowledged message is there once for everybody, another one once or never, all of
// them in one order without a hole, and each device's in the order in which they were written.
import type { Facts } from '../facts.ts'
import type { DeviceState, HeldMessage, TrueConversation } from '../history.ts'
import type { Found, Rule, Rules } from './rule.ts'

const acknowledged: Rule = (facts) => {
  const found: Found[] = []
  for (const { index, step } of facts.steps('acked')) {
    if (facts.isUndone(index)) continue
    const { conversation, id, device } = step
    const truth = facts.conversations.get(conversation)
    const copies = truth?.messages.filter((message) => message.id === id) ?? []
    if (copies.length !== 1)
      found.push({
        sentence: `a message acknowledged to ${device} is in the log ${copies.length} times`,
        states: ['acknowledged once', copies.map(brief).join(', ') || 'not stored'],
        ids: [device, conversation, id],
      })
    const [stored] = copies
    if (truth && stored) found.push(...missingFrom(facts, truth, stored))
  }
  return found
}

function missingFrom(facts: Facts, truth: TrueConversation, stored: HeldMessage): Found[] {
  return facts.history.devices.flatMap((device) => {
    const member = facts.memberOf(truth.conversation, device.user)
    if (member === null || stored.seq < member.joinedSeq) return []
    const held = device.conversations.find(({ conversation }) => conversation === truth.conversation)
    const floor = held?.hasBefore === true ? (held.messages[0]?.seq ?? Infinity) : 0
    if (stored.seq < floor || held?.messages.some(({ id }) => id === stored.id)) return []
    return [
      {
        sentence: `an acknowledged message is missing on ${device.device}`,
        states: [
          `stored: ${brief(stored)}`,
          `held: ${held?.messages.map(brief).join(', ') ?? 'nothing'}`,
        ] as [string, string],
        ids: [device.device, truth.conversation, stored.id],
      },
    ]
  })
}

const onceOrNever: Rule = (facts) => [
  ...facts.present.conversations.flatMap((truth) =>
    doubled(truth.messages, `the log of ${truth.conversation}`),
  ),
  ...sentTwice(facts),
  ...facts.history.devices.flatMap((device) => [
    ...device.conversations.flatMap((held) =>
      doubled([...held.messages, ...held.pending], `${device.device}’s ${held.conversation}`),
    ),
    ...(device.waiting === 0
      ? []
      : [
          {
            sentence: `${device.device} still waits when everything has come to rest`,
            states: ['nothing waits', `${device.waiting} waiting`] as [string, string],
            ids: [device.device],
          },
        ]),
    ...senderSees(facts, device),
  ]),
]

function doubled(messages: readonly { id: string }[], where: string): Found[] {
  const seen = new Set<string>()
  return messages.flatMap(({ id }) => {
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [
      {
        sentence: `a message is twice in ${where}`,
        states: ['once', 'twice'] as [string, string],
        ids: [id],
      },
    ]
  })
}

/** No two texts are the same in a run: the same words under another id are a message sent twice. */
function sentTwice(facts: Facts): Found[] {
  const written = new Set(facts.steps('typed').map(({ step }) => step.text))
  return facts.present.conversations.flatMap(({ conversation, messages }) => {
    const first = new Map<string, string>()
    return messages.flatMap(({ id, text }) => {
      if (text === null || !written.has(text)) return []
      const other = first.get(text)
      first.set(text, id)
      if (other === undefined) return []
      return [
        {
          sentence: `the same words are in the log under two ids: ${text}`,
          states: [other, id] as [string, string],
          ids: [conversation, other, id],
        },
      ]
    })
  })
}

/** What a device wrote is in the log, or failed, and it shows which (OUT-3). */
function senderSees(facts: Facts, device: DeviceState): Found[] {
  const gone = new Set<string>()
  const wiped =
    facts
      .steps('wiped')
      .filter(({ step }) => step.device === device.device)
      .at(-1)?.index ?? -1
  for (const { step } of facts.steps('discarded')) if (step.device === device.device) gone.add(step.id)
  for (const { index, step } of facts.steps('acked'))
    if (step.device === device.device && facts.isUndone(index)) gone.add(step.id)
  // Stored once, seen or acknowledged, and undone by a restoration.
  for (const past of facts.history.truths.slice(0, -1))
    for (const { messages } of past.conversations) for (const { id } of messages) gone.add(id)
  return facts.steps('typed').flatMap(({ index, step: { device: name, conversation, id } }) => {
    if (device.isFresh || name !== device.device || index < wiped || gone.has(id)) return []
    const truth = facts.conversations.get(conversation)
    const member = facts.memberOf(conversation, device.user)
    const stored = truth?.messages.find((message) => message.id === id)
    // No member any more: the conversation is gone from the device, with all that it showed.
    if (member === null) return []
    const held = device.conversations.find((one) => one.conversation === conversation)
    const pending = held?.pending.find((one) => one.id === id)
    const isHeld = held?.messages.some((one) => one.id === id) ?? false
    const ids = [device.device, conversation, id]
    if (stored) {
      if (pending === undefined) return []
      return [
        {
          sentence: `${name} shows as pending what is stored`,
          states: [brief(stored), JSON.stringify(pending)],
          ids,
        },
      ]
    }
    if (isHeld)
      return [{ sentence: `${name} shows as stored what is not`, states: ['not stored', 'stored'], ids }]
    if (pending?.state === 'failed') return []
    return [
      {
        sentence: `a message written on ${name} is neither stored nor shown as failed`,
        states: ['not stored', pending ? JSON.stringify(pending) : 'not shown'],
        ids,
      },
    ]
  })
}

const oneOrder: Rule = (facts) => [
  ...facts.history.truths.flatMap((truth) => truth.conversations.flatMap(dense)),
  ...facts.history.devices.flatMap((device) =>
    facts.heldBy(device).flatMap(({ held, truth, member }) => {
      const first = held.messages[0]?.seq ?? Infinity
      const expected = truth.messages
        .filter(({ seq }) => seq >= member.joinedSeq && (!held.hasBefore || seq >= first))
        .map(place)
      const shown = held.messages.map(place)
      if (expected.join() === shown.join()) return []
      return [
        {
          sentence: `${device.device} shows another order than the log`,
          states: [`log: ${expected.join(' ')}`, `shown: ${shown.join(' ')}`] as [string, string],
          ids: [device.device, held.conversation],
        },
      ]
    }),
  ),
]

function dense({ conversation, rev, lastSeq, messages }: TrueConversation): Found[] {
  const wrong: Found[] = []
  const seqs = messages.map(({ seq }) => seq)
  if (seqs.some((seq, at) => seq !== at + 1) || lastSeq !== seqs.length)
    wrong.push({
      sentence: `the log of ${conversation} has a hole`,
      states: [`1 … ${lastSeq}`, seqs.join(' ')],
      ids: [conversation],
    })
  const revs = new Set(messages.map((message) => message.rev))
  const taken = messages.reduce((sum, { changes }) => sum + 1 + changes, 0)
  const isWithin = messages.every((message) => message.firstRev <= message.rev && message.rev <= rev)
  if (revs.size !== messages.length || taken !== rev || !isWithin)
    wrong.push({
      sentence: `the revs of ${conversation} do not add up to its head`,
      states: [`head ${rev}`, `${taken} taken, at ${[...revs].sort((a, b) => a - b).join(' ')}`],
      ids: [conversation],
    })
  return wrong
}

const asWritten: Rule = (facts) => {
  const retried = new Set(facts.steps('retried').map(({ step }) => step.id))
  const lanes = new Map<string, { device: string; conversation: string; ids: string[] }>()
  for (const { step } of facts.steps('typed')) {
    const { device, conversation, id } = step
    const key = JSON.stringify([device, conversation])
    const lane = lanes.get(key) ?? { device, conversation, ids: [] }
    lanes.set(key, lane)
    if (!retried.has(id)) lane.ids.push(id)
  }
  return [...lanes.values()].flatMap(({ device, conversation, ids }) => {
    const seqOf = new Map(facts.conversations.get(conversation)?.messages.map(({ id, seq }) => [id, seq]))
    const written = ids.filter((id) => seqOf.has(id))
    const stored = [...written].sort((a, b) => (seqOf.get(a) ?? 0) - (seqOf.get(b) ?? 0))
    if (written.join() === stored.join()) return []
    return [
      {
        sentence: `what ${device} wrote is stored in another order`,
        states: [`written: ${written.join(' ')}`, `stored: ${stored.join(' ')}`] as [string, string],
        ids: [device, conversation],
      },
    ]
  })
}

function place({ id, seq }: { id: string; seq: number }): string {
  return `${seq}:${id}`
}

function brief({ id, seq, rev }: { id: string; seq: number; rev: number }): string {
  return `${id} seq ${seq} rev ${rev}`
}

export const sending = { I1: acknowledged, I2: onceOrNever, I3: oneOrder, I4: asWritten } satisfies Rules
