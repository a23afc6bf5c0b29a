// PURE: a seed → who there is, what they do and what is broken, each with its time. The same seed is the same plan;
// what real processes make of it differs by milliseconds. A step names no id: it says how to choose among what the
// device then holds (numbers in [0, 1)).
import { createRandom, type Random } from '../kit/random.ts'

export interface PlanOptions {
  seed: number
  minutes: number
  people: number
  /** Of each person. */
  devices: number
}

export interface Plan {
  readonly seed: number
  readonly people: number
  /** Of each person; device number n belongs to person n modulo the people. */
  readonly devices: number
  /** Members, the owner first. */
  readonly groups: readonly (readonly number[])[]
  readonly pairs: readonly (readonly [number, number])[]
  readonly rounds: readonly Round[]
}

/** Load and faults, then everything heals and is checked. */
export interface Round {
  readonly loadMs: number
  /** By time. */
  readonly steps: readonly PlannedStep[]
}

export type PlannedStep = { readonly at: number } & (Deed | Fault)

/** What a person does on a device. */
export interface Deed {
  readonly type: 'deed'
  readonly deed: DeedName
  readonly device: number
  /** Which conversation, and which of what is in it. */
  readonly where: number
  readonly which: number
}

export interface Fault {
  readonly type: 'fault'
  readonly fault: FaultName
  /** Whom it meets, where it meets one. */
  readonly device: number
  readonly lastsMs: number
  readonly which: number
}

/** How often each is done, of all deeds. */
const deeds = {
  send: 40,
  reply: 8,
  burst: 4,
  edit: 9,
  delete: 3,
  react: 13,
  read: 12,
  type: 4,
  away: 1,
  title: 1,
  member: 1,
  page: 1,
  http: 8,
} as const
export type DeedName = keyof typeof deeds

/** Meets one device or its link; how often, of those. */
const linkFaults = {
  drop: 5,
  cut: 6,
  cutBeforeCommit: 8,
  cutAfterCommit: 8,
  loseAck: 4,
  halfOpen: 4,
  stall: 4,
  slowLink: 4,
  slowConsumer: 2,
  repeatHttp: 4,
  delayHttp: 3,
  clockJump: 4,
  clockSteps: 2,
  tokenExpires: 2,
  reload: 5,
  reloadFullOutbox: 4,
  leaderKilled: 8,
  removedWhileOffline: 3,
} as const

/** Meets everybody. Each round has all of them if it is long enough, in an order of its own. */
const nodeFaults = [
  'killInAppend',
  'killInFanout',
  'kill',
  'rollingRestart',
  'storm',
  'diskFull',
  'storeRefuses',
  'killDevices',
  'restore',
] as const

export type FaultName = keyof typeof linkFaults | (typeof nodeFaults)[number]
export const faultNames: readonly FaultName[] = [
  ...(Object.keys(linkFaults) as (keyof typeof linkFaults)[]),
  ...nodeFaults,
]

/** Deeds a second of each device, and of all together at most: two cores have to do it all. */
const deedRate = { device: 1, most: 14 }
const linkFaultEveryMs = 900
const nodeFaultEveryMs = 5_000
/** A round's load; what is left of its time is for coming to rest. */
const roundMs = { whole: 45_000, loadShare: 0.7 }
/** In the last part of a round nothing new is broken. */
const calmMs = 1_500

export function createPlan({ seed, minutes, people, devices }: PlanOptions): Plan {
  const random = createRandom(seed)
  const everyone = Array.from({ length: people }, (_, person) => person)
  const groups = Array.from({ length: Math.max(2, Math.ceil(people / 2)) }, (_, number) =>
    // The first group has everybody.
    number === 0
      ? everyone
      : random.shuffled(everyone).slice(0, Math.min(people, 2 + random.below(people - 1))),
  )
  const pairs = everyone.slice(1).map((person) => [random.below(person), person] as const)
  const totalMs = minutes * 60_000
  const count = Math.max(1, Math.round(totalMs / roundMs.whole))
  const loadMs = Math.round((totalMs / count) * roundMs.loadShare)
  const all = people * devices
  const rounds = Array.from({ length: count }, () => ({
    loadMs,
    steps: [...deedsOf(random, loadMs, all), ...faultsOf(random, loadMs, all)].sort((a, b) => a.at - b.at),
  }))
  return { seed, people, devices, groups, pairs, rounds }
}

function deedsOf(random: Random, loadMs: number, devices: number): PlannedStep[] {
  const rate = Math.min(deedRate.most, devices * deedRate.device)
  return Array.from({ length: Math.floor((loadMs / 1_000) * rate) }, () => ({
    type: 'deed',
    at: random.below(loadMs),
    deed: weighed(random, deeds),
    device: random.below(devices),
    where: random.next(),
    which: random.next(),
  }))
}

function faultsOf(random: Random, loadMs: number, devices: number): PlannedStep[] {
  const until = Math.max(1, loadMs - calmMs)
  const one = (fault: FaultName, at: number, lastsMs: number): PlannedStep => ({
    type: 'fault',
    at,
    fault,
    device: random.below(devices),
    lastsMs,
    which: random.next(),
  })
  const links = Array.from({ length: Math.floor(until / linkFaultEveryMs) }, () =>
    one(weighed(random, linkFaults), random.below(until), 300 + random.below(loadMs / 5)),
  )
  const turns = Math.max(1, Math.floor(until / nodeFaultEveryMs))
  const order = random.shuffled([...nodeFaults])
  const nodes = Array.from({ length: turns }, (_, turn) =>
    one(
      order[turn % order.length] ?? 'kill',
      Math.floor((until / turns) * (turn + 0.3 * random.next())),
      300 + random.below(2_000),
    ),
  )
  return [...links, ...nodes]
}

function weighed<K extends string>(random: Random, weights: Readonly<Record<K, number>>): K {
  const entries = Object.entries(weights) as [K, number][]
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
  let at = random.below(total)
  for (const [name, weight] of entries) {
    at -= weight
    if (at < 0) return name
  }
  throw new Error('nothing to weigh')
}
