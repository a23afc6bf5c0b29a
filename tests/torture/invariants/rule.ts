// What a rule is: facts in, what is wrong out. Types only.
import type { Facts } from '../facts.ts'

export type Invariant =
  'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12' | 'I13'

export interface Violation {
  invariant: Invariant
  /** What is wrong, for whoever reads it. */
  sentence: string
  /** The two states that differ. */
  states: [string, string]
  /** The device, conversation and messages concerned. */
  ids: string[]
}

export type Found = Omit<Violation, 'invariant'>

/** Finds what is wrong about one invariant. */
export type Rule = (facts: Facts) => Found[]

/** The rules of one file. */
export type Rules = Partial<Record<Invariant, Rule>>
