// One history: people and devices on one server, deeds and faults drawn from the seed, then rest, then what everybody holds.
// The same seed makes the same history, to the letter: there is no real time, chance or thread in it.
import BetterSqlite, { type Database } from 'better-sqlite3'
import type { ConversationId, UserId } from '@palabre/protocol'
import { migrate } from '../../packages/server/src/store/sqlite/migrate.ts'
import { migrations } from '../../packages/server/src/store/sqlite/migrations/index.ts'
import { createRandom, type Random } from '../kit/random.ts'
import { stateOf, type DeviceState, type History } from '../torture/history.ts'
import { check, type Violation } from '../torture/invariants.ts'
import { truthOf } from '../torture/truth.ts'
import { installClock, type Clock } from './clock.ts'
import { createDevice, type Device, type Person } from './device.ts'
import { createNetwork } from './network.ts'
import type { Cast, ServerHand } from './cast.ts'
import { act } from './script.ts'
import { startNode, type Node } from './server.ts'
import { setStage, stage } from './stage.ts'
import { createWitness } from './witness.ts'

export interface Outcome {
  history: History
  violations: Violation[]
  /** What nobody expected: exceptions that no one caught, errors that the server logged. */
  errors: string[]
}

/** Deeds and faults of one history, at most. */
const longest = 60
/** Everything is level again after this long, or something is wrong. */
const restMs = 100_000
/** Messages that are there before anybody comes: more than a window. */
const oldOnes = 9
/** Presence settles within 60 s (I12); the grace comes on top. */
const presenceMs = 71_000

/** Hears every packet, for whoever wants to read along. */
export interface Trace {
  sent(at: number, device: string, packet: string): void
  arrived(at: number, device: string, packet: string): void
}

/** @param steps stops after so many deeds and faults; all that the seed draws when absent */
export async function simulate(seed: number, steps?: number, trace?: Trace): Promise<Outcome> {
  const random = createRandom(seed)
  const { next: chance } = createRandom(seed ^ 0x5bd1e995)
  const ids = createRandom(seed ^ 0x27d4eb2f)
  const clock = installClock(createRandom(seed ^ 0x165667b1).next)
  const errors: string[] = []
  const failed = (what: unknown) => errors.push(whatOf(what))
  process.on('unhandledRejection', failed)
  process.on('uncaughtException', failed)
  const devices: Device[] = []
  const witness = createWitness(
    clock.now,
    (name) => devices.find((device) => device.name === name)?.person.id ?? null,
  )
  const network = createNetwork(clock, chance, {
    ...witness,
    sent(device, link, packet) {
      trace?.sent(clock.now(), device, packet)
      witness.sent(device, link, packet)
    },
    arrived(device, link, packet, saidAt) {
      trace?.arrived(clock.now(), device, packet)
      witness.arrived(device, link, packet, saidAt)
    },
  })
  const fetchBefore = globalThis.fetch
  globalThis.fetch = (url, init) => network.fetch(url as string, init ?? {})
  const disk: Disk = { commitMs: 3, readMs: null }
  setStage({
    clock,
    network,
    database: emptyDatabase(),
    commitMs: () => chance() * disk.commitMs,
    // Mostly at once, now and then long enough for much else to happen.
    readMs: () =>
      disk.readMs !== null ? chance() * disk.readMs : chance() < 0.25 ? 1 + chance() * chance() * 150 : 0,
    chance: ids.next,
  })
  try {
    const people = castOf(random)
    const server = createServerHand(clock, witness.steps, disk, failed)
    await clock.until(server.isUp, 1_000)
    const cast: Cast = {
      clock,
      network,
      witness,
      random,
      people,
      devices,
      server: server.hand,
      words: 0,
      old: [],
    }
    await prepare(cast, server.node)
    for (const person of people)
      for (let nth = random.chance(0.3) ? 2 : 1; nth > 0; nth--)
        devices.push(
          createDevice(`${person.name}${nth}`.toLowerCase(), person, { clock, network, witness, chance }),
        )
    for (const device of devices) device.start()
    await clock.until(() => devices.every((device) => device.isAtRest()), restMs)
    const drawn = random.chance(0.1) ? 20 + random.below(longest - 20) : 5 + random.below(10)
    for (let nth = 0; nth < Math.min(steps ?? drawn, drawn); nth++) await act(cast)
    const held = await rest(cast)
    const history: History = {
      setting: 'simulation',
      seed,
      steps: witness.steps,
      devices: held,
      truths: [...server.past, truthOf(stage().database, presenceOf(cast))],
    }
    witness.unfold()
    return { history, violations: check(history), errors }
  } finally {
    globalThis.fetch = fetchBefore
    process.off('unhandledRejection', failed)
    process.off('uncaughtException', failed)
    setStage(null)
    clock.restore()
  }
}

function whatOf(what: unknown): string {
  if (what instanceof Error) return what.stack ?? what.message
  if (typeof what === 'object' && what !== null && 'err' in what) return whatOf(what.err)
  return JSON.stringify(what)
}

function castOf(random: Random): Person[] {
  // Mostly few: what goes wrong between many goes wrong between two or three.
  const count = random.chance(0.1) ? 4 : random.chance(0.35) ? 3 : 2
  return ['Ann', 'Bob', 'Cy', 'Dee'].slice(0, count).map((name) => ({
    name,
    username: `${name.toLowerCase()}.person`,
    password: `the password of ${name}`,
    id: '',
  }))
}

let template: Buffer | null = null

/** Migrated once a process. */
function emptyDatabase(): Database {
  if (template === null) {
    const db = new BetterSqlite(':memory:')
    migrate(db, migrations, '/simulated')
    template = db.serialize()
  }
  return new BetterSqlite(template)
}

/** Accounts; a group of most, a direct conversation of the first two. */
async function prepare({ clock, people, random, old }: Cast, node: () => Node): Promise<void> {
  const { services } = node()
  let isDone = false
  clock.after(0, 'server', () => {
    void (async () => {
      for (const [at, person] of people.entries()) {
        const { username, name } = person
        const id = `0000000${at}-0000-7000-8000-000000000000` as UserId
        const passwordHash = `plain ${person.password}`
        await services.store.users.create({
          id,
          username,
          skeleton: username,
          displayName: name,
          passwordHash,
          now: clock.now(),
        })
        person.id = id
      }
      const [ann, bob] = people.map(({ id }) => id as UserId)
      if (ann === undefined || bob === undefined) return
      const made = (nth: number) => `1000000${nth}-0000-7000-8000-000000000000`
      const common = { userId: ann, now: clock.now() }
      const memberIds = people.slice(1, random.chance(0.7) ? undefined : -1).map(({ id }) => id as UserId)
      await services.log.created(
        await services.store.conversations.createGroup({
          ...common,
          id: made(1) as ConversationId,
          messageId: made(2) as never,
          title: 'Group',
          memberIds,
          opId: null,
        }),
      )
      await services.log.created(
        await services.store.conversations.createDirect({
          ...common,
          id: made(3) as ConversationId,
          messageId: made(4) as never,
          otherId: bob,
        }),
      )
      for (let nth = 10; nth < 10 + oldOnes; nth++) {
        const id = `100000${nth}-0000-7000-8000-000000000000`
        await services.store.log.append({
          id: id as never,
          conversationId: made(1) as ConversationId,
          senderId: ann,
          requires: 'member',
          content: { kind: 'text', body: { text: `old ${nth}` } },
          replyTo: null,
          mentions: [],
          sentAt: clock.now(),
          createdAt: clock.now(),
          hash: id,
        })
        old.push(id)
      }
      isDone = true
    })()
  })
  await clock.until(() => isDone, 10_000)
}

/** How slow it is, at most; null: as usual. */
interface Disk {
  commitMs: number
  readMs: number | null
}

function createServerHand(
  clock: Clock,
  steps: History['steps'],
  disk: Disk,
  failed: (what: unknown) => void,
) {
  const past: History['truths'] = []
  let node: Node | null = null
  let life = 0
  let backup: { image: Buffer; takenAt: number } | null = null

  function start(): void {
    if (node !== null) return
    const mine = ++life
    clock.after(0, 'server', () => {
      startNode(clock, failed).then((started) => {
        if (mine !== life) return
        node = started
        stage().network.serve(started)
      }, failed)
    })
  }

  function crash(): void {
    life++
    node = null
    clock.end('server')
    // What was not committed is lost.
    if (stage().database.inTransaction) stage().database.exec('ROLLBACK')
    stage().network.serve(null)
  }

  const hand: ServerHand = {
    isUp: () => node !== null,
    crash,
    start,
    drain() {
      const draining = node
      if (draining !== null) clock.after(0, 'server', () => draining.drain())
    },
    slowDisk(atMostMs) {
      disk.commitMs = atMostMs
    },
    slowReads(atMostMs) {
      disk.readMs = atMostMs
    },
    backUp() {
      backup = { image: stage().database.serialize(), takenAt: steps.length }
    },
    restore() {
      if (backup === null) return hand.backUp()
      crash()
      past.push(truthOf(stage().database))
      const database = new BetterSqlite(backup.image)
      // As a restoration does: another epoch.
      database.exec("DELETE FROM meta WHERE name = 'epoch'")
      stage().database = database
      steps.push({ step: 'restored', at: clock.now(), takenAt: backup.takenAt })
      start()
    },
  }
  start()
  return {
    hand,
    past,
    isUp: hand.isUp,
    node(): Node {
      if (node === null) throw new Error('the server is down')
      return node
    },
  }
}

/** The faults are over: everybody comes back, and what they hold is looked at when nothing moves any more. */
async function rest(cast: Cast): Promise<DeviceState[]> {
  const { clock, devices, network, people, server, random } = cast
  // What was planned for later (a restart, a mend) has its turn before.
  await clock.until(() => !clock.owes('world'), 120_000)
  server.start()
  await clock.until(server.isUp, 1_000)
  for (const { name } of devices) network.mend(name)
  const mend = () => {
    for (const device of devices) {
      device.setOnline(true)
      device.setVisible(true)
      device.start()
      device.signIn()
    }
  }
  for (let left = 10; left > 0; left--) {
    mend()
    const isAtRest = () => devices.every((device) => device.isAtRest())
    if (!(await clock.until(isAtRest, restMs / 10))) continue
    // Who has not yet noticed that its link is dead, or its session over, does within this time.
    await clock.pass(5_000)
    if (isAtRest()) break
  }
  const person = random.pick(people)
  const fresh = createDevice(`fresh-${person.name.toLowerCase()}`, person, { ...cast, chance: random.next })
  devices.push(fresh)
  fresh.start()
  await clock.until(fresh.isAtRest, restMs)
  for (const device of devices)
    if (device === fresh || random.chance(0.3)) device.does((client) => void pageBack(client))
  await clock.pass(10_000)
  return await lookAt(cast, fresh)
}

/** Down to the first message, so that whole histories are compared. */
async function pageBack(client: NonNullable<Device['client']>): Promise<void> {
  for (const { conversation } of client.conversations.list.get().conversations)
    await client.messages.loadUntil(conversation.id, 1)
}

/** What everybody holds; then somebody goes, and how the others see it (I12). */
async function lookAt({ clock, devices, people, random }: Cast, fresh: Device): Promise<DeviceState[]> {
  const [ann, bob] = people
  const states = await clock.settled(
    Promise.all(
      devices.map(async (device) => {
        const { client, cache, name, person } = device
        if (client === null) throw new Error(`${name} is not there`)
        const of = { device: name, user: person.id, isFresh: device === fresh, cache }
        return await stateOf(client, of)
      }),
    ),
  )
  if (ann === undefined || bob === undefined) return states
  const watcher = devices.find((device) => device.person === bob)
  watcher?.does((client) => void client.presence.of(ann.id as UserId).subscribe(() => undefined))
  await clock.pass(2_000)
  const isGoing = random.chance(0.3)
  if (isGoing)
    for (const device of devices)
      if (device.person === ann) (random.chance(0.5) ? device.kill : device.stop)()
  await clock.pass(isGoing ? presenceMs : 0)
  const status = watcher?.client?.presence.of(ann.id as UserId).get()?.status ?? 'unknown'
  return states.map((state) =>
    state.device === watcher?.name ? { ...state, presence: { [ann.id]: status } } : state,
  )
}

function presenceOf({ devices, people }: Cast): Record<string, string> {
  return Object.fromEntries(
    people.map(({ id }) => [
      id,
      devices.some(({ person, client }) => person.id === id && client !== null) ? 'online' : 'offline',
    ]),
  )
}

/** The shortest beginning of a failing history that fails too. */
export async function shorten(seed: number): Promise<{ steps: number; outcome: Outcome } | null> {
  const whole = await simulate(seed)
  if (!isWrong(whole)) return null
  for (let steps = 0; steps < longest; steps++) {
    const outcome = await simulate(seed, steps)
    if (isWrong(outcome)) return { steps, outcome }
  }
  return { steps: longest, outcome: whole }
}

export function isWrong({ violations, errors }: Outcome): boolean {
  return violations.length > 0 || errors.length > 0
}
