// Everything that a run is made of: the servers, the people with their conversations, a link and a device for each place,
// the crews. It puts them together and takes them down; what happens to them is `faults.ts` and `run.ts`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConversationId } from '@palabre/protocol'
import { createFaultLink, type FaultLink, type Spoil } from '../kit/links/fault-link.ts'
import { register, type Person } from '../kit/people.ts'
import { startAlone } from './alone.ts'
import { startCluster } from './cluster.ts'
import { startCrews, type Crews } from './crews.ts'
import type { Violation } from './invariants.ts'
import type { DeviceOrder, Word } from './orders.ts'
import type { Plan } from './plan.ts'
import { createRecord, type Record } from './record.ts'
import type { Servers } from './servers.ts'

export interface Place {
  readonly order: DeviceOrder
  readonly person: Person
  readonly link: FaultLink
}

export interface World {
  readonly plan: Plan
  readonly servers: Servers
  readonly people: readonly Person[]
  readonly places: readonly Place[]
  /** Those that members come to and go from, each with its owner. */
  readonly groups: readonly { id: ConversationId; owner: Person }[]
  readonly crews: Crews
  readonly record: Record
  /** Seen while it runs. */
  readonly violations: Violation[]
  /** Resolves at the next such moment on any link, or after a while. */
  next(moment: 'appending' | 'fanningOut', withinMs: number): Promise<void>
  stop(): Promise<void>
}

/**
 * Codes after which a device may sign in again: a restored store knows nobody. Of two tabs the second one finds that
 * the first has put the session away already, and may not be told why; in a browser the cookie would be there still.
 */
const expectedEnds = ['SESSION_UNKNOWN'] as const
const expectedEndsOfTabs = [...expectedEnds, 'REFRESH_INVALID', 'untold'] as const
/** Of so many devices one is a browser with two tabs. */
const browsersEvery = 3
const everybody = 'Everybody'

/** Starts it all, with conversations made and every device open. */
export async function createWorld(plan: Plan): Promise<World> {
  const servers = await (plan.store === 'sqlite' ? startAlone() : startCluster(plan.nodes))
  const begunAt = Date.now()
  const record = createRecord(begunAt)
  const violations: Violation[] = []
  const awaited = { appending: [] as (() => void)[], fanningOut: [] as (() => void)[] }
  const folder = await mkdtemp(join(tmpdir(), 'palabre-devices-'))

  function reached(moment: keyof typeof awaited): void {
    for (const wake of awaited[moment].splice(0)) wake()
  }

  const people = await Promise.all(
    Array.from({ length: plan.people }, (_, n) => register(servers.url, `person${n + 1}`)),
  )
  const groups = await makeConversations(plan, people)

  const places = await Promise.all(
    Array.from({ length: plan.people * plan.devices }, async (_, n): Promise<Place> => {
      const person = people[n % plan.people]
      if (person === undefined) throw new Error('a device without a person')
      const name = `${person.name}-${Math.floor(n / plan.people) + 1}`
      const tabs = n % browsersEvery === 0 ? 2 : 1
      const watch = record.watch(
        { name, user: person.id, tabs },
        {
          appending: () => reached('appending'),
          fanningOut: () => reached('fanningOut'),
          spoiled: (how: Spoil) => record.fault(spoils[how], `${name}: ${spoils[how]}`),
        },
      )
      const link = await createFaultLink(() => servers.port, watch)
      const order: DeviceOrder = {
        name,
        user: person.id,
        username: person.username,
        password: person.password,
        url: link.url,
        folder: join(folder, name),
        seed: plan.seed + n,
        tabs,
        others: people.filter((other) => other !== person).map(({ id }) => id),
        begunAt,
      }
      return { order, person, link }
    }),
  )

  function hear(word: Word): void {
    if (word.word === 'step') record.add(word.step)
    else if (word.word === 'violation') violations.push(word.violation)
    else if (word.word === 'looked') record.figures.looked += word.times
    else if (word.word === 'signedOut' && !isExpected(word))
      violations.push({
        invariant: 'I2',
        sentence: `${word.device} was signed out although nobody ended its session`,
        states: ['signed in', `signed out: ${word.code}`],
        ids: [word.device],
      })
  }

  function isExpected({ device, code }: Extract<Word, { word: 'signedOut' }>): boolean {
    const tabs = places.find(({ order }) => order.name === device)?.order.tabs ?? 1
    const expected: readonly string[] = tabs > 1 ? expectedEndsOfTabs : expectedEnds
    return expected.includes(code)
  }

  // The first devices of all in one process, the second ones in another: killing one leaves everybody a device.
  const shares = Array.from({ length: Math.min(2, plan.devices) }, (_, crew) =>
    places.filter((__, n) => Math.floor(n / plan.people) % 2 === crew).map(({ order }) => order),
  )
  const crews = await startCrews(shares, hear)

  return {
    plan,
    servers,
    people,
    places,
    groups,
    crews,
    record,
    violations,
    next: (moment, withinMs) =>
      new Promise((done) => {
        const timer = setTimeout(done, withinMs)
        awaited[moment].push(() => {
          clearTimeout(timer)
          done()
        })
      }),
    async stop() {
      await crews.stop()
      await Promise.all(places.map(({ link }) => link.close()))
      await servers.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const spoils: { readonly [how in Spoil]: string } = {
  beforeServer: 'cutBeforeCommit',
  afterCommit: 'cutAfterCommit',
  onlyAck: 'loseAck',
}

async function makeConversations(plan: Plan, people: readonly Person[]): Promise<World['groups']> {
  const groups: { id: ConversationId; owner: Person }[] = []
  for (const [n, members] of plan.groups.entries()) {
    const [owner, ...others] = members.map((member) => people[member]).filter((one) => one !== undefined)
    if (owner === undefined) continue
    const { conversation } = await owner.does('createConversation', {
      kind: 'group',
      title: n === 0 ? everybody : `Group ${n}`,
      memberIds: others.map(({ id }) => id),
    })
    if (n > 0) groups.push({ id: conversation.id, owner })
  }
  for (const [a, b] of plan.pairs) {
    const [one, other] = [people[a], people[b]]
    if (one && other) await one.does('createConversation', { kind: 'direct', userId: other.id })
  }
  return groups
}
