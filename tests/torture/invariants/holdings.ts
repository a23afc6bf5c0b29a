// I5 to I8: what devices hold. No cursor beyond the data, marks that only grow, unread by the formula, and nothing of a
// conversation for who was removed from it.
import type { Facts } from '../facts.ts'
import type { Kept, Marks } from '../history.ts'
import type { Found, Rule, Rules } from './rule.ts'

const cursors: Rule = (facts) => [
  ...facts.steps('kept').flatMap(({ step }) => beyond(facts, step.device, step.user, step)),
  ...facts.history.devices.flatMap(({ device, user, kept }) =>
    kept ? beyond(facts, device, user, kept) : [],
  ),
]

/** What the cursor says is there, and is not. */
function beyond(facts: Facts, device: string, user: string, kept: Kept): Found[] {
  const truth = kept.epoch === null ? null : facts.truthOf(kept.epoch)
  if (truth === null) return []
  return kept.conversations.flatMap(({ conversation, cursor, hasBefore, messages }) => {
    const log = truth.conversations.find((one) => one.conversation === conversation)
    const membership = facts
      .membershipsOf(truth, conversation, user)
      .findLast(({ joinedRev }) => joinedRev <= cursor)
    if (log === undefined || membership === undefined) return []
    const revs = new Map(messages.map(({ id, rev }) => [id, rev]))
    const floor = hasBefore ? (messages[0]?.seq ?? Infinity) : membership.joinedSeq
    const wrong = log.messages.filter(({ id, seq, rev, firstRev }) => {
      if (seq < floor || firstRev > cursor) return false
      const held = revs.get(id)
      return held === undefined || held > rev || (rev <= cursor && held < rev)
    })
    if (wrong.length === 0) return []
    return [
      {
        sentence: `the cursor of ${device} stands at ${cursor}, beyond what it holds`,
        states: [
          `stored: ${wrong.map(({ seq, rev }) => `seq ${seq} rev ${rev}`).join(', ')}`,
          `held: ${wrong.map(({ id, seq }) => `seq ${seq} rev ${revs.get(id) ?? 'none'}`).join(', ')}`,
        ] as [string, string],
        ids: [device, conversation, ...wrong.map(({ id }) => id)],
      },
    ]
  })
}

const marks: Rule = (facts) => [...shrunk(facts), ...outside(facts), ...forgotten(facts), ...ticks(facts)]

/** Within one life of the engine, one membership and one epoch, marks never go back. */
function shrunk(facts: Facts): Found[] {
  const found: Found[] = []
  const last = new Map<string, Marks>()
  for (const step of facts.history.steps) {
    if (step.step === 'reloaded' || step.step === 'wiped') {
      for (const key of last.keys()) if (key.startsWith(`${step.device} `)) last.delete(key)
    }
    if (step.step !== 'marks') continue
    const key = `${step.device} ${step.conversation} ${step.epoch} ${step.joinedSeq}`
    const before = last.get(key)
    if (before && (step.readSeq < before.readSeq || step.deliveredSeq < before.deliveredSeq))
      found.push({
        sentence: `a mark of ${step.device} went back`,
        states: [pair(before), pair(step)],
        ids: [step.device, step.conversation],
      })
    last.set(key, step)
  }
  return found
}

function outside(facts: Facts): Found[] {
  const all = [
    ...facts.present.conversations.flatMap(({ conversation, lastSeq, members }) =>
      members.map((member) => ({ ...member, lastSeq, conversation, who: member.user })),
    ),
    ...facts.history.devices.flatMap(({ device, conversations }) =>
      conversations.map((held) => ({ ...held, who: device })),
    ),
  ]
  return all.flatMap(({ conversation, who, ...held }) => {
    const isWithin = held.readSeq <= held.deliveredSeq && held.deliveredSeq <= held.lastSeq
    if (isWithin) return []
    return [
      {
        sentence: `the marks of ${who} are not within the conversation`,
        states: [`last ${held.lastSeq}`, pair(held)] as [string, string],
        ids: [who, conversation],
      },
    ]
  })
}

/** A mark that was acknowledged stays. */
function forgotten(facts: Facts): Found[] {
  return facts.steps('read').flatMap(({ index, step }) => {
    const member = facts.memberOf(step.conversation, step.user)
    if (member === null || facts.isUndone(index)) return []
    // Of a later membership: marks have begun anew.
    if (member.joinedSeq > step.seq || member.readSeq >= step.seq) return []
    return [
      {
        sentence: `what ${step.device} has read is unread again`,
        states: [`read ${step.seq}`, `stored ${member.readSeq}`] as [string, string],
        ids: [step.device, step.conversation],
      },
    ]
  })
}

/** Of the others everyone sees the lowest marks (REC-2). */
function ticks(facts: Facts): Found[] {
  return facts.history.devices.flatMap((device) =>
    facts.heldBy(device).flatMap(({ held, truth, member }) => {
      const others = truth.members.filter(({ user }) => user !== device.user)
      const lowest = (of: 'deliveredSeq' | 'readSeq') =>
        others.length === 0 ? 0 : Math.min(...others.map((other) => other[of]))
      const true_ = { deliveredSeq: lowest('deliveredSeq'), readSeq: lowest('readSeq') }
      const isSame = pair(true_) === pair(held.others) && member.readSeq === held.readSeq
      if (isSame) return []
      return [
        {
          sentence: `${device.device} shows other marks than the server has`,
          states: [
            `server: own ${pair(member)}, others ${pair(true_)}`,
            `shown: own ${pair(held)}, others ${pair(held.others)}`,
          ] as [string, string],
          ids: [device.device, held.conversation],
        },
      ]
    }),
  )
}

function pair({ deliveredSeq, readSeq }: { deliveredSeq: number; readSeq: number | null }): string {
  return `delivered ${deliveredSeq}, read ${readSeq}`
}

const unread: Rule = (facts) =>
  facts.history.devices.flatMap((device) =>
    facts.heldBy(device).flatMap(({ held, truth, member }) => {
      const from = Math.max(member.readSeq, member.joinedSeq)
      const counted = truth.messages.filter(
        ({ seq, sender, text, isDeleted }) =>
          seq > from && sender !== device.user && text !== null && !isDeleted,
      )
      if (counted.length === held.unread) return []
      return [
        {
          sentence: `${device.device} shows ${held.unread} unread`,
          states: [
            `unread above ${from}: ${counted.map(({ seq }) => seq).join(' ') || 'none'}`,
            `shown: ${held.unread}`,
          ] as [string, string],
          ids: [device.device, held.conversation],
        },
      ]
    }),
  )

const removed: Rule = (facts) => [...heardAfterwards(facts), ...toldAfterwards(facts), ...stillHeld(facts)]

/** A rev that was committed when its hearer was no member. */
function heardAfterwards(facts: Facts): Found[] {
  return facts.steps('heard').flatMap(({ index, step }) => {
    const { rev, seq, device, conversation, user } = step
    if (rev === null) return []
    const memberships = facts.membershipsOf(facts.truthAt(index), conversation, user)
    const isTheirs = memberships.some(
      ({ joinedSeq, joinedRev, leftRev }) =>
        rev >= joinedRev && (seq === null || seq >= joinedSeq) && (leftRev === null || rev <= leftRev),
    )
    if (isTheirs) return []
    return [
      {
        sentence: `${device} heard what was committed while its person was no member`,
        states: [
          `member ${memberships.map((one) => `from rev ${one.joinedRev} (seq ${one.joinedSeq}) to ${one.leftRev ?? 'now'}`).join(', ') || 'never'}`,
          `heard rev ${rev}${seq === null ? '' : ` of seq ${seq}`}`,
        ] as [string, string],
        ids: [device, conversation],
      },
    ]
  })
}

/** Typing and receipts, said after the removal was acknowledged. */
function toldAfterwards(facts: Facts): Found[] {
  return facts.steps('heard').flatMap(({ index, step }) => {
    const { toldAt, device, user, conversation } = step
    if (toldAt === undefined || facts.memberOf(conversation, user) !== null || facts.isUndone(index))
      return []
    const acknowledged = facts
      .steps('removed')
      .filter(({ step: one }) => one.user === user && one.conversation === conversation)
    const removal = acknowledged.at(-1)
    // Which one was the last is known only if all of them were acknowledged.
    const ended = facts.membershipsOf(facts.present, conversation, user).length
    if (removal === undefined || acknowledged.length !== ended || removal.step.at >= toldAt) return []
    return [
      {
        sentence: `${device} was told something of a conversation after its person's removal was acknowledged`,
        states: [`removed at ${removal.step.at} ms`, `told at ${toldAt} ms`] as [string, string],
        ids: [device, conversation],
      },
    ]
  })
}

function stillHeld(facts: Facts): Found[] {
  return facts.history.devices.flatMap((device) => {
    const held = [
      ...device.conversations.map(({ conversation }) => conversation),
      ...(device.kept?.conversations.map(({ conversation }) => conversation) ?? []),
    ]
    return [...new Set(held)].flatMap((conversation) =>
      facts.memberOf(conversation, device.user) !== null
        ? []
        : [
            {
              sentence: `${device.device} still holds a conversation that is not its person's any more`,
              states: ['no member', 'held'] as [string, string],
              ids: [device.device, conversation],
            },
          ],
    )
  })
}

export const holdings = { I5: cursors, I6: marks, I7: unread, I8: removed } satisfies Rules
