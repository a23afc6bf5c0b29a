// Which histories `npm test` runs, and those that once failed, by what they found.

/** Of a test file; there are two, for two workers. */
export const halfOfRuns = 1_000

/** Virtual time needs real time too, and more of it on a machine that does other things. */
export const patienceMs = 900_000

/** SEED starts elsewhere. */
export const firstSeed = Number(process.env['SEED'] ?? 1)

export const onceFailed: { seed: number; what: string }[] = [
  { seed: 36, what: 'ticks gathered for somebody who was removed meanwhile' },
  { seed: 1987, what: 'a conversation began anew with marks from before the last acknowledged one' },
]
