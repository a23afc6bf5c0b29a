// I9 and I10: everyone agrees. All devices of a person hold the same, and a device that followed by events holds what one
// that starts afresh is given.
import { canonical, type DeviceState, type HeldConversation } from '../history.ts'
import type { Found, Rule, Rules } from './rule.ts'

const devices: Rule = ({ history }) => {
  const followed = history.devices.filter(({ isFresh }) => !isFresh)
  return followed.flatMap((device, at) => {
    const other = followed.slice(at + 1).find(({ user }) => user === device.user)
    return other ? differences(device, other) : []
  })
}

const fresh: Rule = ({ history, present }) =>
  history.devices.flatMap((device) => {
    const twin = history.devices.find(({ user, isFresh }) => isFresh && user === device.user)
    const theirs = present.conversations
      .filter(({ members }) => members.some(({ user }) => user === device.user))
      .map(({ conversation }) => conversation)
    const missing = theirs.filter(
      (id) => !device.conversations.some(({ conversation }) => conversation === id),
    )
    return [
      ...missing.map((conversation) => ({
        sentence: `${device.device} does not hold a conversation of its person's`,
        states: ['a member', 'not held'] as [string, string],
        ids: [device.device, conversation],
      })),
      ...(twin && !device.isFresh ? differences(device, twin) : []),
    ]
  })

/** A history that was mended had gone wrong before. */
const mended: Rule = (facts) =>
  facts.steps('repaired').map(({ step: { device, conversation, blocks } }) => ({
    sentence: `${device} had to fetch again what it should have held`,
    states: ['nothing to mend', `${blocks} mended`],
    ids: [device, conversation],
  }))

function differences(a: DeviceState, b: DeviceState): Found[] {
  const ids = (state: DeviceState) => state.conversations.map(({ conversation }) => conversation).sort()
  if (ids(a).join() !== ids(b).join())
    return [
      {
        sentence: `${a.device} and ${b.device} hold other conversations`,
        states: [ids(a).join(' '), ids(b).join(' ')],
        ids: [a.device, b.device],
      },
    ]
  return a.conversations.flatMap((held) => {
    const other = b.conversations.find(({ conversation }) => conversation === held.conversation)
    if (other === undefined) return []
    const [one, two] = [comparable(held, other), comparable(other, held)]
    if (one === two) return []
    return [
      {
        sentence: `${a.device} and ${b.device} hold different things`,
        states: apart(one, two),
        ids: [a.device, b.device, held.conversation],
      },
    ]
  })
}

/**
 * One may hold a longer window than the other: compared where both hold messages. Pending ones are a device's own, and
 * so is what it knows of its own person's deliveries: nobody is shown it, and it comes with the next sync.
 */
function comparable(
  { pending: _, hasBefore: __, deliveredSeq: ___, messages, ...held }: HeldConversation,
  other: HeldConversation,
): string {
  const from = Math.max(messages[0]?.seq ?? 0, other.messages[0]?.seq ?? 0)
  return canonical({ ...held, messages: messages.filter(({ seq }) => seq >= from).map(({ whole }) => whole) })
}

/** From shortly before they part. */
function apart(a: string, b: string): [string, string] {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  const from = Math.max(0, at - 120)
  return [`… ${a.slice(from, at + 160)}`, `… ${b.slice(from, at + 160)}`]
}

export const agreement = {
  I9: devices,
  I10: (facts) => [...fresh(facts), ...mended(facts)],
} satisfies Rules
