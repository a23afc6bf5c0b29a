// Random numbers that can be had again: every test that draws prints its seed, and takes one from SEED.

export interface Random {
  readonly seed: number
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, below). */
  below(below: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  shuffled<T>(values: readonly T[]): T[]
}

/** Mulberry32: small, fast, good enough to choose steps; for nothing secret. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    seed,
    next,
    below,
    chance: (probability) => next() < probability,
    pick<T>(from: readonly T[]): T {
      const value = from[below(from.length)]
      if (value === undefined) throw new Error('nothing to pick from')
      return value
    },
    shuffled<T>(values: readonly T[]): T[] {
      const left = [...values]
      return values.map(() => left.splice(below(left.length), 1)[0] as T)
    },
  }
}

/** The seed to use: the one given in SEED, else a fresh one. Print it. */
export function givenSeed(): number {
  const given = process.env['SEED']
  if (given === undefined || given === '') return Date.now() % 1_000_000_007
  if (!/^\d{1,10}$/.test(given)) throw new Error(`SEED is not a number: ${given}`)
  return Number(given)
}
