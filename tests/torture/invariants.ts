// What must hold of every history, by name; each is a rule of `docs/protocol.md` (INV-1 … INV-13). Pure: the same
// judgement for the simulation and for real processes. One file for each group: what was sent, what devices hold,
// what people see of each other.
import { agreement } from './invariants/agreement.ts'
import { holdings } from './invariants/holdings.ts'
import { people } from './invariants/people.ts'
import { sending } from './invariants/sending.ts'
import { factsOf } from './facts.ts'
import type { Invariant, Rule, Violation } from './invariants/rule.ts'
import type { History } from './history.ts'

export type { Invariant, Violation } from './invariants/rule.ts'

interface Row {
  rule: string
  says: string
  /** Where it can be judged; else why not, or how far. */
  simulation: true | string
  processes: true | string
}

/** Every invariant, its rule in the protocol, and what either setting can see of it. */
export const invariants = {
  I1: { rule: 'INV-1', says: 'acknowledged: there once, for everybody', simulation: true, processes: true },
  I2: {
    rule: 'INV-2',
    says: 'not acknowledged: once or never, and its sender sees which',
    simulation: true,
    processes: true,
  },
  I3: { rule: 'INV-3', says: 'one order without a hole', simulation: true, processes: true },
  I4: {
    rule: 'INV-4',
    says: 'a device’s messages in the order in which they were written',
    simulation: true,
    processes: true,
  },
  I5: { rule: 'INV-5', says: 'no cursor beyond what is held', simulation: true, processes: true },
  I6: {
    rule: 'INV-6',
    says: 'marks only grow, and stay within what there is',
    simulation: true,
    processes: true,
  },
  I7: { rule: 'INV-7', says: 'unread is the formula', simulation: true, processes: true },
  I8: {
    rule: 'INV-8',
    says: 'who was removed hears nothing',
    simulation: true,
    processes: 'of what a device came to hold; packets that it threw away are not seen',
  },
  I9: { rule: 'INV-9', says: 'all devices of a person agree', simulation: true, processes: true },
  I10: {
    rule: 'INV-10',
    says: 'old state and events make the fresh state',
    simulation: true,
    processes: true,
  },
  I11: {
    rule: 'INV-11',
    says: 'changes arrive, and what was deleted is gone',
    simulation: true,
    processes: true,
  },
  I12: {
    rule: 'INV-12',
    says: 'presence settles within 60 s',
    simulation: true,
    processes: 'only when a run waits that long at its end',
  },
  I13: {
    rule: 'INV-13',
    says: 'nobody tries again in step with another',
    simulation: true,
    processes: 'of devices whose connection is watched',
  },
} as const satisfies Record<Invariant, Row>

const rules: Record<Invariant, Rule> = { ...sending, ...holdings, ...agreement, ...people }

/** Everything that is wrong about a history; nothing is the good answer. */
export function check(history: History): Violation[] {
  const facts = factsOf(history)
  return (Object.keys(invariants) as Invariant[]).flatMap((invariant) =>
    rules[invariant](facts).map((found) => ({ invariant, ...found })),
  )
}

/** A violation in a few lines. */
export function told({ invariant, sentence, states, ids }: Violation): string {
  const { rule, says } = invariants[invariant]
  return [
    `${invariant} (${rule}: ${says}): ${sentence}`,
    ...states.map((state) => `    ${state}`),
    `    ${ids.join(' ')}`,
  ].join('\n')
}
