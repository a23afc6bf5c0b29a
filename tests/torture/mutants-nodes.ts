// Deliberate defects of what several nodes stand on: the store's numbers, the words between nodes, the hints that stand in
// for lost words. The simulation has one node; these are looked for with three real ones (`mutants-nodes-run.ts`).
import type { Mutant } from './mutants.ts'

export const nodeMutants: Mutant[] = []
