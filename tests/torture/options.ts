// PURE: the command line of `npm run torture` → what to do, or one sentence that says what is wrong with it.

export interface TortureOptions {
  readonly seed: number
  readonly minutes: number
  readonly nodes: number
  readonly store: 'sqlite' | 'mongo'
  readonly people: number
  readonly devices: number
  readonly mutants: boolean
  /** It ends with the first violation that is seen, which is not looked for again with fewer faults. */
  readonly isOnce: boolean
}

export type Asked =
  | { readonly ask: 'run'; readonly options: TortureOptions }
  | { readonly ask: 'help' }
  /** `code`: what the process ends with. */
  | { readonly ask: 'nothing'; readonly sentence: string; readonly code: number }

export const help = `npm run torture -- [options]

Starts a server, people with several devices each, and a fault proxy on every link; breaks things while the
people write; then heals everything and proves that nothing was lost, doubled or out of order. Ends with 0 when
all invariants hold, with 1 and the seed when one does not, with 2 when it was asked for what it cannot do.

  --seed N        the plan: who does what, and what breaks when (default: a new one, which is printed)
  --minutes M     how long to break things, about; fractions too (default 3)
  --people P      2 to 12 (default 6)
  --devices D     of each person, 1 to 4 (default 2)
  --nodes N       how many server nodes, 1 to 3 (default 1); several stand behind a balancer and share a Redis
  --store S       what is under them: sqlite (default of one node) or mongo (of several). MongoDB is MONGODB_URL, a
                  mongod on PATH, or the engine that the tests start
  --once          end with the first violation that is seen, and do not try to find it again with fewer faults
  --mutants       instead: switch on one deliberate defect after the other, and see that each is caught; with several
                  nodes those of several nodes
  --help          this

The same seed is the same plan. What real processes make of it differs by milliseconds.
`

const unset = {
  seed: null as number | null,
  minutes: 3,
  people: 6,
  devices: 2,
  nodes: 1,
  store: null as string | null,
  mutants: false,
  isOnce: false,
}
const bounds = {
  seed: [0, 4_294_967_295],
  minutes: [0.1, 600],
  people: [2, 12],
  devices: [1, 4],
  nodes: [1, 3],
} as const
type Number = keyof typeof bounds

/** Reads the arguments. `freshSeed` is used when none is given. */
export function readOptions(args: readonly string[], freshSeed: number): Asked {
  const found = { ...unset }
  for (let index = 0; index < args.length; index += 1) {
    const [name = '', inline] = (args[index] ?? '').replace(/^--/, '').split('=', 2)
    if (name === 'help' || args[index] === '-h') return { ask: 'help' }
    if (name === 'mutants') {
      found.mutants = true
      continue
    }
    if (name === 'once') {
      found.isOnce = true
      continue
    }
    const value = inline ?? args[(index += 1)]
    if (!(args[index - (inline === undefined ? 1 : 0)] ?? '').startsWith('--') || value === undefined)
      return refused(`${args[index]} is no option.`)
    if (name === 'store') found.store = value
    else if (isNumber(name)) {
      const number = Number(value)
      const [least, most] = bounds[name]
      const isWhole = name === 'minutes' || Number.isInteger(number)
      if (value === '' || !isWhole || !(number >= least && number <= most))
        return refused(`--${name} is from ${least} to ${most}, not ${value}.`)
      found[name] = number
    } else return refused(`--${name} is no option.`)
  }
  const store = found.store ?? (found.nodes > 1 ? 'mongo' : 'sqlite')
  if (store !== 'sqlite' && store !== 'mongo') return refused(`--store is sqlite or mongo, not ${store}.`)
  if (store === 'sqlite' && found.nodes > 1)
    return refused('SQLite is the store of one node: run several with --store mongo.')
  return { ask: 'run', options: { ...found, store, seed: found.seed ?? freshSeed } }
}

function isNumber(name: string): name is Number {
  return Object.hasOwn(bounds, name)
}

function refused(sentence: string): Asked {
  return { ask: 'nothing', sentence: `${sentence} (--help lists the options.)`, code: 2 }
}
