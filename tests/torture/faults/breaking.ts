// What those who break something are given, and what they answer: one deed for each name of the plan that is theirs.
import type { Truth } from '../history.ts'
import type { Fault, FaultName } from '../plan.ts'
import type { Place, World } from '../world.ts'

/** What breaking something needs to know. */
export interface Breaking {
  readonly world: World
  /** Resolves after the time, or as soon as everything heals. */
  pause(ms: number): Promise<void>
  isHealing(): boolean
  /** Starts a node that is down. */
  up(node: World['servers']['nodes'][number]): Promise<void>
  /** A life of the store has ended like this. */
  ended(truth: Truth): void
}

/** By the names of the plan. */
export type Breakers = { readonly [name in FaultName]?: (fault: Fault, place: Place) => Promise<void> }
