/**
 * The protocol as a program holds over thousands of histories, and stops holding when a rule is taken out:
 * a model that never fails would prove nothing.
 */
import { describe, expect, test } from 'vitest'
import { history, RULES } from './model.mjs'

const histories = 3_000
/** Histories given to each mutant; each of these rules is missed within fewer. */
const enoughToMiss = 150
const rulesMissedSoon = [
  'gapCheck',
  'revClaim',
  'headFirst',
  'sameId',
  'outboxKeep',
  'atomicCache',
  'commitFirst',
  'emitCheck',
  'logFirst',
  'opIds',
  'joinFirst',
  'pageHold',
  'probe',
]

describe('the protocol as a program', () => {
  test(`${histories} histories with faults end with everyone agreeing`, { timeout: 120_000 }, () => {
    for (let seed = 1; seed <= histories; seed++) {
      const { v: violation } = history(seed)
      expect(violation?.message, `seed ${seed}`).toBeUndefined()
    }
  })

  test.each(rulesMissedSoon)('without the rule %s some history goes wrong', (rule) => {
    expect(RULES).toHaveProperty(rule)
    expect(firstViolation(rule)).toBeDefined()
  })
})

function firstViolation(off: string): string | undefined {
  for (let seed = 1; seed <= enoughToMiss; seed++) {
    const { v: violation } = history(seed, { off: [off] })
    if (violation !== undefined) return violation.kind
  }
  return undefined
}
