// Each invariant holds of a good history and is missed in one that differs from it in one place.
import { describe, expect, test } from 'vitest'
import type {
  DeviceState,
  HeldConversation,
  HeldMessage,
  History,
  Step,
  TrueMessage,
  Truth,
} from './history.ts'
import { check, invariants, told, type Invariant } from './invariants.ts'

const group = 'the group'

/** Ann makes a group with Bob (1), writes (2, 3), takes Cy in (4), Bob writes (5), Cy is removed (6), Ann writes (7). */
function log(): TrueMessage[] {
  return [
    message(1, 'ann', null, { added: ['ann', 'bob'], removed: [] }),
    message(2, 'ann', 'one'),
    message(3, 'ann', 'two'),
    message(4, 'ann', null, { added: ['cy'], removed: [] }),
    message(5, 'bob', 'three'),
    message(6, 'ann', null, { added: [], removed: ['cy'] }),
    message(7, 'ann', 'four'),
  ]
}

function message(
  seq: number,
  sender: string,
  text: string | null,
  system: TrueMessage['system'] = null,
): TrueMessage {
  return {
    ...held({ id: `m${seq}`, seq, rev: seq, sender, text, isDeleted: false }),
    firstRev: seq,
    changes: 0,
    system,
  }
}

function held(message: Omit<HeldMessage, 'whole'>): HeldMessage {
  return { ...message, whole: JSON.stringify({ ...message, reactions: [] }) }
}

function bare({ id, seq, rev, sender, text, isDeleted, whole }: TrueMessage): HeldMessage {
  return { id, seq, rev, sender, text, isDeleted, whole }
}

function conversationOf(user: string): HeldConversation {
  const isAnn = user === 'ann'
  return {
    conversation: group,
    rev: 7,
    title: 'Group',
    members: ['ann', 'bob'],
    joinedSeq: 1,
    lastSeq: 7,
    deliveredSeq: isAnn ? 5 : 7,
    readSeq: isAnn ? 5 : 3,
    unread: isAnn ? 0 : 1,
    others: isAnn ? { deliveredSeq: 7, readSeq: 3 } : { deliveredSeq: 5, readSeq: 5 },
    hasBefore: false,
    messages: log().map(bare),
    pending: [],
  }
}

function deviceOf(device: string, user: string, isFresh = false): DeviceState {
  const conversation = conversationOf(user)
  return {
    device,
    user,
    isFresh,
    waiting: 0,
    conversations: [conversation],
    presence: { ann: 'online' },
    kept: {
      epoch: 'first',
      conversations: [
        {
          conversation: group,
          cursor: 7,
          hasBefore: false,
          messages: conversation.messages.map((m) => ({ ...m })),
        },
      ],
      outbox: [],
    },
  }
}

interface Good extends History {
  phone: DeviceState
  laptop: DeviceState
  bobs: DeviceState
  fresh: DeviceState
  truth: Truth
}

function good(): Good {
  const [phone, laptop] = [deviceOf('phone', 'ann'), deviceOf('laptop', 'ann')]
  const [bobs, fresh] = [deviceOf('bobs', 'bob'), deviceOf('fresh', 'ann', true)]
  const truth: Truth = {
    epoch: 'first',
    conversations: [
      {
        conversation: group,
        kind: 'group',
        rev: 7,
        lastSeq: 7,
        title: 'Group',
        members: [
          { user: 'ann', joinedSeq: 1, joinedRev: 1, deliveredSeq: 5, readSeq: 5 },
          { user: 'bob', joinedSeq: 1, joinedRev: 1, deliveredSeq: 7, readSeq: 3 },
        ],
        messages: log(),
      },
    ],
    presence: { ann: 'online' },
  }
  const of = { device: 'phone', user: 'ann', conversation: group }
  const steps: Step[] = [
    { step: 'typed', at: 1, ...of, id: 'm2', text: 'one' },
    { step: 'typed', at: 2, ...of, id: 'm3', text: 'two' },
    { step: 'acked', at: 3, ...of, id: 'm2' },
    { step: 'acked', at: 4, ...of, id: 'm3' },
    { step: 'heard', at: 5, device: 'cys', user: 'cy', conversation: group, seq: 5, rev: 5 },
    { step: 'removed', at: 6, conversation: group, user: 'cy' },
    { step: 'typed', at: 7, ...of, id: 'm7', text: 'four' },
    { step: 'read', at: 8, device: 'bobs', user: 'bob', conversation: group, seq: 3 },
    { step: 'marks', at: 9, ...of, epoch: 'first', joinedSeq: 1, lastSeq: 7, deliveredSeq: 4, readSeq: 4 },
    { step: 'marks', at: 10, ...of, epoch: 'first', joinedSeq: 1, lastSeq: 7, deliveredSeq: 5, readSeq: 5 },
    { step: 'kept', at: 11, device: 'phone', user: 'ann', ...phone.kept! },
  ]
  return {
    setting: 'simulation',
    seed: 1,
    steps,
    devices: [phone, laptop, bobs, fresh],
    truths: [truth],
    phone,
    laptop,
    bobs,
    fresh,
    truth,
  }
}

/** Spoils a good history and tells which invariants it breaks. */
function broken(spoil: (history: Good) => void): Invariant[] {
  const history = good()
  spoil(history)
  return [...new Set(check(history).map(({ invariant }) => invariant))]
}

const held0 = (device: DeviceState) => device.conversations[0]!
const log0 = ({ truth }: Good) => truth.conversations[0]!

/** Another word for one message, in one place. */
function reword(messages: HeldMessage[], id: string, text: string, isDeleted = false) {
  const at = messages.findIndex((one) => one.id === id)
  const { whole: _, ...before } = messages[at]!
  messages[at] = { ...messages[at]!, ...held({ ...before, text, isDeleted }) }
}

describe('what is wrong with a history', () => {
  test('a good one: nothing', () => {
    expect(check(good())).toEqual([])
  })

  test('[INV-1] an acknowledged message that the log lacks, has twice, or that a device lacks', () => {
    expect(broken((history) => log0(history).messages.splice(1, 1))).toContain('I1')
    expect(broken((history) => log0(history).messages.push(message(8, 'ann', 'one')))).not.toContain('I1')
    expect(broken((history) => (log0(history).messages[6]!.id = 'm2'))).toContain('I1')
    expect(broken(({ bobs }) => held0(bobs).messages.splice(1, 1))).toContain('I1')
  })

  test('[INV-1] but not one that a restoration has undone', () => {
    const lost = (takenAt: number) => (history: Good) => {
      history.steps.push({ step: 'restored', at: 12, takenAt })
      history.truths.unshift({ ...history.truth, epoch: 'zeroth' })
      const without = log0(history).messages.filter(({ id }) => id !== 'm2')
      log0(history).messages = without
    }
    expect(broken(lost(1))).not.toContain('I1')
    expect(broken(lost(5))).toContain('I1')
  })

  test('[INV-2] a message twice, one that is neither stored nor failed, and a state that is not so', () => {
    expect(broken(({ phone }) => held0(phone).messages.push(held0(phone).messages[1]!))).toContain('I2')
    expect(
      broken(({ phone }) => held0(phone).pending.push({ id: 'm7', state: 'failed', error: 'INTERNAL' })),
    ).toContain('I2')
    const typed: Step = {
      step: 'typed',
      at: 8,
      device: 'phone',
      user: 'ann',
      conversation: group,
      id: 'm8',
      text: 'five',
    }
    expect(broken(({ steps }) => steps.push(typed))).toEqual(['I2'])
    expect(
      broken(({ steps, phone }) => {
        steps.push(typed)
        held0(phone).pending.push({ id: 'm8', state: 'failed', error: 'TEXT_TOO_LONG' })
      }),
    ).toEqual([])
    expect(broken(({ phone }) => (phone.waiting = 1))).toEqual(['I2'])
    expect(
      broken((history) => {
        for (const place of [log0(history), ...history.devices.map(held0)])
          reword(place.messages, 'm7', 'two')
      }),
    ).toContain('I2')
  })

  test('[INV-3] a hole, revs that do not add up, and another order on a device', () => {
    expect(broken((history) => log0(history).messages.splice(4, 1))).toContain('I3')
    expect(broken((history) => (log0(history).messages[2]!.changes = 1))).toEqual(['I3'])
    expect(broken(({ bobs }) => held0(bobs).messages.reverse())).toContain('I3')
  })

  test('[INV-4] messages stored in another order than they were written on one device', () => {
    expect(broken(({ steps }) => steps.unshift(...steps.splice(1, 1)))).toEqual(['I4'])
    const retried: Step = {
      step: 'retried',
      at: 5,
      device: 'phone',
      user: 'ann',
      conversation: group,
      id: 'm3',
    }
    expect(broken(({ steps }) => steps.unshift(...steps.splice(1, 1), retried))).toEqual([])
  })

  test('[INV-5] a cursor that says more than the cache holds', () => {
    expect(broken(({ phone }) => phone.kept!.conversations[0]!.messages.splice(3, 1))).toEqual(['I5'])
    expect(
      broken(({ phone }) => {
        const kept = phone.kept!.conversations[0]!
        kept.messages.splice(6, 1)
        kept.cursor = 6
      }),
    ).toEqual([])
  })

  test('[INV-6] marks that go back, leave the conversation, are forgotten or shown wrong', () => {
    expect(
      broken(({ steps }) => {
        const at = steps.findIndex(({ step }) => step === 'marks')
        steps.push(...steps.splice(at, 1))
      }),
    ).toEqual(['I6'])
    expect(broken((history) => (log0(history).members[1]!.readSeq = 2))).toContain('I6')
    expect(broken(({ laptop }) => (held0(laptop).others = { deliveredSeq: 3, readSeq: 3 }))).toContain('I6')
    expect(broken((history) => (log0(history).members[1]!.deliveredSeq = 9))).toContain('I6')
  })

  test('[INV-7] another number of unread than the formula gives', () => {
    expect(broken(({ bobs }) => (held0(bobs).unread = 2))).toEqual(['I7'])
  })

  test('[INV-8] something of a conversation after removal, by event or by holding on to it', () => {
    const heard = (seq: number | null, rev: number | null, toldAt?: number): Step => ({
      step: 'heard',
      at: 9,
      device: 'cys',
      user: 'cy',
      conversation: group,
      seq,
      rev,
      ...(toldAt === undefined ? {} : { toldAt }),
    })
    expect(broken(({ steps }) => steps.push(heard(7, 7)))).toEqual(['I8'])
    expect(broken(({ steps }) => steps.push(heard(3, 5)))).toEqual(['I8'])
    expect(broken(({ steps }) => steps.push(heard(6, 6)))).toEqual([])
    expect(broken(({ steps }) => steps.push(heard(null, null, 7)))).toEqual(['I8'])
    expect(broken(({ steps }) => steps.push(heard(null, null, 5)))).toEqual([])
    expect(broken(({ devices }) => devices.push({ ...deviceOf('cys', 'cy'), kept: null }))).toContain('I8')
  })

  test('[INV-9] two devices of a person that hold different things', () => {
    expect(broken(({ laptop }) => (held0(laptop).title = 'Other'))).toEqual(['I9', 'I10'])
  })

  test('[INV-10] a device that differs from a fresh one, lacks a conversation, or had to mend', () => {
    const repaired: Step = {
      step: 'repaired',
      at: 9,
      device: 'bobs',
      user: 'bob',
      conversation: group,
      blocks: 1,
    }
    expect(broken(({ steps }) => steps.push(repaired))).toEqual(['I10'])
    expect(broken(({ fresh }) => (held0(fresh).title = 'Other'))).toEqual(['I10'])
    expect(broken(({ bobs }) => bobs.conversations.pop())).toContain('I10')
  })

  test('[INV-11] a change that did not arrive, was lost, or deleted words that are kept', () => {
    expect(broken(({ bobs }) => reword(held0(bobs).messages, 'm3', 'zwei'))).toEqual(['I11'])
    const edit = { device: 'phone', user: 'ann', conversation: group, id: 'm3', change: { edit: 'zwei' } }
    const asked: Step = { step: 'changing', at: 5, ...edit }
    const acked: Step = { step: 'changed', at: 6, ...edit }
    expect(broken(({ steps }) => steps.push(asked))).toEqual([])
    expect(broken(({ steps }) => steps.push(asked, acked))).toEqual(['I11'])
    expect(
      broken((history) => {
        const places = [
          log0(history).messages,
          ...history.devices.flatMap((one) => [held0(one).messages, one.kept!.conversations[0]!.messages]),
        ]
        for (const messages of places) reword(messages, 'm3', '', true)
        reword(history.bobs.kept!.conversations[0]!.messages, 'm5', 'I quote: two')
      }),
    ).toContain('I11')
  })

  test('[INV-12] presence that has not settled', () => {
    expect(broken(({ truth }) => (truth.presence = { ann: 'offline' }))).toEqual(['I12'])
  })

  test('[INV-13] two devices that wait for the same times before they try again', () => {
    const waits = (device: string, delays: number[]): Step[] =>
      delays.map((delayMs, at) => ({ step: 'waiting', at, device, user: device, delayMs }))
    expect(
      broken(({ steps }) =>
        steps.push(...waits('a', [1000, 2000, 4000]), ...waits('b', [9, 1000, 2000, 4000])),
      ),
    ).toEqual(['I13'])
    expect(
      broken(({ steps }) => steps.push(...waits('a', [812, 1400, 77]), ...waits('b', [812, 903, 2001]))),
    ).toEqual([])
  })

  test('a violation is told with its name, its rule and both states', () => {
    const history = good()
    held0(history.bobs).unread = 2
    const [violation] = check(history)
    expect(told(violation!)).toMatch(/^I7 \(INV-7: .*bobs shows 2 unread\n.*unread above 3: 7\n.*shown: 2/s)
    expect(Object.keys(invariants)).toHaveLength(13)
  })
})
