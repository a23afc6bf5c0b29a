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
  /** Several only on MongoDB, and then with Redis. */
  nodes: number
  store: 'sqlite' | 'mongo'
}

export interface Plan {
  readonly seed: number
  readonly people: number
  /** Of each person; device number n belongs to person n modulo the people. */
  readonly devices: number
  readonly nodes: number
  readonly store: PlanOptions['store']
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

/**
 * Meets everybody, or one of several nodes. Each round has all of them if it is long enough, in an order of its own; one
 * after the other.
 */
const serverFaults = {
  sqlite: [
    'killInAppend',
    'killInFanout',
    'kill',
    'rollingRestart',
    'storm',
    'diskFull',
    'storeRefuses',
    'killDevices',
    'restore',
  ],
  mongo: [
    'killInAppend',
    'killInFanout',
    'kill',
    'rollingRestart',
    'storm',
    'killDevices',
    'storeAway',
    'storeSlow',
    'nodeDrained',
  ],
} as const

/** Meets Redis, beside whatever happens to the nodes; where there are several. */
const redisFaults = ['redisRestarted', 'redisAway', 'redisSlow', 'redisCut'] as const

type ServerFault = (typeof serverFaults)['sqlite' | 'mongo'][number]
export type FaultName = keyof typeof linkFaults | ServerFault | (typeof redisFaults)[number]

/** Every fault that a run of these servers knows. */
export function faultNamesOf({ store, nodes }: Pick<PlanOptions, 'store' | 'nodes'>): readonly FaultName[] {
  return [
    ...(Object.keys(linkFaults) as (keyof typeof linkFaults)[]),
    ...serverFaultsOf({ store, nodes }),
    ...(nodes > 1 ? redisFaults : []),
  ]
}

function serverFaultsOf({ store, nodes }: Pick<PlanOptions, 'store' | 'nodes'>): readonly ServerFault[] {
  const all: readonly ServerFault[] = serverFaults[store]
  // One that drains alone is a restart.
  return nodes > 1 ? all : all.filter((name) => name !== 'nodeDrained')
}

/** Deeds a second of each device, and of all together at most: two cores have to do it all. */
const deedRate = { device: 1, most: 14 }
const linkFaultEveryMs = 900
/** Of several nodes each takes its time to come back. */
const serverFaultEveryMs = { alone: 5_000, several: 7_000 }
const redisFaultEveryMs = 8_000
/** Of each second round it is away for so long, if the round is as long. */
const redisAwayMs = 60_000
/** A round's load; what is left of its time is for coming to rest. */
const roundMs = { alone: 45_000, several: 90_000, loadShare: 0.7 }
/** In the last part of a round nothing new is broken. */
const calmMs = 1_500

export function createPlan(options: PlanOptions): Plan {
  const { seed, minutes, people, devices, nodes, store } = options
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
  const count = Math.max(1, Math.round(totalMs / roundMs[nodes > 1 ? 'several' : 'alone']))
  const loadMs = Math.round((totalMs / count) * roundMs.loadShare)
  const all = people * devices
  const rounds = Array.from({ length: count }, (_, round) => ({
    loadMs,
    steps: [
      ...deedsOf(random, loadMs, all),
      ...faultsOf(random, loadMs, all, options),
      ...(nodes > 1 ? redisFaultsOf(random, loadMs, round) : []),
    ].sort((a, b) => a.at - b.at),
  }))
  return { seed, people, devices, nodes, store, groups, pairs, rounds }
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

function faultsOf(random: Random, loadMs: number, devices: number, options: PlanOptions): PlannedStep[] {
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
  const everyMs = serverFaultEveryMs[options.nodes > 1 ? 'several' : 'alone']
  const turns = Math.max(1, Math.floor(until / everyMs))
  const order = random.shuffled([...serverFaultsOf(options)])
  const servers = Array.from({ length: turns }, (_, turn) =>
    one(
      order[turn % order.length] ?? 'kill',
      Math.floor((until / turns) * (turn + 0.3 * random.next())),
      300 + random.below(2_000),
    ),
  )
  return [...links, ...servers]
}

/** In turn many short ones, and one long absence. */
function redisFaultsOf(random: Random, loadMs: number, round: number): PlannedStep[] {
  const until = Math.max(1, loadMs - calmMs)
  const one = (fault: FaultName, at: number, lastsMs: number): PlannedStep => ({
    type: 'fault',
    at,
    fault,
    device: 0,
    lastsMs,
    which: random.next(),
  })
  if (round % 2 === 1) {
    const at = random.below(Math.max(1, until - redisAwayMs))
    return [one('redisAway', at, Math.min(redisAwayMs, until - at))]
  }
  const turns = Math.max(1, Math.floor(until / redisFaultEveryMs))
  const order = random.shuffled([...redisFaults])
  return Array.from({ length: turns }, (_, turn) =>
    one(
      order[turn % order.length] ?? 'redisRestarted',
      Math.floor((until / turns) * (turn + 0.3 * random.next())),
      500 + random.below(redisFaultEveryMs / 2),
    ),
  )
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
