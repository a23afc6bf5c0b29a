// I11 to I13: what people see of each other's doing, and that they do not all come at once. Edits, deletions and reactions arrive everywhere, what was deleted is
// gone from every cache, and presence settles.
import type { Facts } from '../facts.ts'
import type { Changing, Step, TrueMessage } from '../history.ts'
import type { Found, Rule, Rules } from './rule.ts'

type Change = Extract<Step, { step: 'changing' | 'changed' }>

const changes: Rule = (facts) => [...stored(facts), ...arrived(facts), ...gone(facts)]

/** What was acknowledged last, or asked for after it, is what is stored. */
function stored(facts: Facts): Found[] {
  const found: Found[] = []
  for (const { index, step } of facts.steps('changed')) {
    if (facts.isUndone(index)) continue
    const message = messageOf(facts, step)
    if (message === null || message.isDeleted) continue
    const allowed = allowedAfter(facts, index, step)
    const value = valueOf(message, step)
    if (allowed.has(value)) continue
    found.push({
      sentence: `a change acknowledged to ${step.device} is not stored`,
      states: [`asked for: ${[...allowed].join(' or ')}`, `stored: ${value}`],
      ids: [step.device, step.conversation, step.id],
    })
  }
  return found
}

/**
 * Values that a message may have after this acknowledgement: those asked for on other devices, and on this one the
 * acknowledged one or a later one.
 */
function allowedAfter(facts: Facts, index: number, { device, user, id, change }: Change): Set<string> {
  const asked = facts
    .steps('changing')
    .filter(
      ({ step }) =>
        step.id === id && isAlike(step.change, change) && (!('react' in change) || step.user === user),
    )
  const value = tellChange(change)
  const mine = asked.filter(({ step }) => step.device === device)
  const at = mine.findLastIndex(({ index: when, step }) => when <= index && tellChange(step.change) === value)
  return new Set([
    value,
    ...asked.filter(({ step }) => step.device !== device).map(({ step }) => tellChange(step.change)),
    ...mine.slice(Math.max(0, at)).map(({ step }) => tellChange(step.change)),
  ])
}

function isAlike(a: Changing, b: Changing): boolean {
  return Object.keys(a).join() === Object.keys(b).join()
}

function tellChange(change: Changing): string {
  if ('edit' in change) return `text ${change.edit}`
  return 'react' in change ? `reaction ${change.react ?? 'none'}` : 'deleted'
}

function valueOf(message: TrueMessage, { change, user }: Change): string {
  if ('delete' in change) return 'not deleted'
  if ('edit' in change) return `text ${message.text ?? ''}`
  const { reactions } = JSON.parse(message.whole) as { reactions: { emoji: string; userIds: string[] }[] }
  return `reaction ${reactions.find(({ userIds }) => userIds.includes(user))?.emoji ?? 'none'}`
}

function messageOf(facts: Facts, { conversation, id }: Change): TrueMessage | null {
  return facts.conversations.get(conversation)?.messages.find((message) => message.id === id) ?? null
}

/** Every device shows, and keeps, each message as it is stored. */
function arrived(facts: Facts): Found[] {
  return facts.history.devices.flatMap((device) => {
    const held = [
      ...device.conversations.map((one) => ({ ...one, where: 'shows' })),
      ...(device.kept?.conversations.map((one) => ({ ...one, where: 'keeps' })) ?? []),
    ]
    return held.flatMap(({ conversation, messages, where }) => {
      const truth = new Map(facts.conversations.get(conversation)?.messages.map((one) => [one.id, one]))
      return messages.flatMap((message) => {
        const is = truth.get(message.id)
        if (is === undefined || is.whole === message.whole) return []
        return [
          {
            sentence: `${device.device} ${where} a message as it is not`,
            states: [`stored: ${is.whole}`, `held: ${message.whole}`] as [string, string],
            ids: [device.device, conversation, message.id],
          },
        ]
      })
    })
  })
}

/** The words of a deleted message are nowhere any more. */
function gone(facts: Facts): Found[] {
  const words = new Map<string, string>()
  for (const { step } of facts.steps('typed')) words.set(step.id, step.text)
  const deleted = facts.present.conversations.flatMap(({ messages }) =>
    messages.filter((one) => one.isDeleted),
  )
  return facts.history.devices.flatMap(({ device, kept }) =>
    deleted.flatMap(({ id }) => {
      const text = words.get(id)
      const where = kept?.conversations.find(({ messages }) =>
        messages.some((message) => text !== undefined && message.whole.includes(text)),
      )
      if (where === undefined) return []
      return [
        {
          sentence: `the words of a deleted message are still in the cache of ${device}`,
          states: ['deleted', `kept: ${text}`] as [string, string],
          ids: [device, where.conversation, id],
        },
      ]
    }),
  )
}

const presence: Rule = ({ history, present }) =>
  history.devices.flatMap(({ device, presence: shown }) =>
    Object.entries(shown ?? {}).flatMap(([user, status]) => {
      const is = present.presence?.[user]
      if (is === undefined || is === status) return []
      return [
        {
          sentence: `${device} shows somebody as ${status} who is ${is}`,
          states: [`is: ${is}`, `shown: ${status}`] as [string, string],
          ids: [device, user],
        },
      ]
    }),
  )

/** As many waits in a row that are the same to the millisecond are no chance. */
const inStep = 3

/** Devices that lost the same server come back spread over time, not together (CON-2). */
const spread: Rule = (facts) => {
  const rows = new Map<string, number[]>()
  const owners = new Map<string, string>()
  const found = new Map<string, Found>()
  for (const { step } of facts.steps('waiting')) {
    const row = [...(rows.get(step.device) ?? []), step.delayMs].slice(-inStep)
    rows.set(step.device, row)
    if (row.length < inStep || row.some((ms) => ms === 0)) continue
    const other = owners.get(row.join())
    owners.set(row.join(), step.device)
    if (other === undefined || other === step.device) continue
    const ids = [other, step.device].sort()
    found.set(ids.join(), {
      sentence: `${ids.join(' and ')} try again in step`,
      states: [`${other}: ${row.join(', ')} ms`, `${step.device}: ${row.join(', ')} ms`],
      ids,
    })
  }
  return [...found.values()]
}

export const people = { I11: changes, I12: presence, I13: spread } satisfies Rules
