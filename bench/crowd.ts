// Ten thousand authenticated connections on one node, with messages and typing flowing between them; the server dies and
// all come back and converge; then more and more connections, until deliveries get slow or this machine has no more to
// give. The clients are bare sockets in this process, on a core of their own; how late its loop runs is printed beside
// every figure that it has measured.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { v7 } from 'uuid'
import { createCrowd, createCrowdClient, type Crowd, type CrowdClient } from './crowd-client.ts'
import { percentile, type Row } from './figures.ts'
import { start, type Measured } from './process.ts'
import type { BenchStore } from './store.ts'
import { stretchOf, type Stretch } from './stretch.ts'
import { api, openGroup, openPairs, registerPeople, type Account } from './world.ts'

/** A sign-in costs a twentieth of a second of hashing: so each person has several devices online. */
const devices = 5
const groupSize = 50
/** Messages and typing notices a second; every fifth message and every tenth notice goes to a group. */
const flow = { messages: 50, typing: 500, groupMessages: 5, groupTyping: 10 }
const openedAtOnce = 100
const restMs = 5_000
const slowMs = 250
/** A core that is as busy as this has nothing left. */
const busyShare = 0.85
const stepShare = 0.25
/** Of this machine's file descriptors, those that neither side needs for connections. */
const descriptorsKept = 500
const giveUpMs = 120_000
const port = 4_805

export interface CrowdOptions {
  server: string[]
  store: BenchStore
  connections: number
  flowMs: number
  /** Of each step upwards. */
  stepMs: number
}

interface Flowed extends Stretch {
  acks: number[]
  deliveryMs: number[]
  deliveries: number
  typing: number
  sent: number
  failed: number
}

interface World {
  accounts: Account[]
  /** Pairs: the first two people, the next two … */
  pairs: string[]
  groups: string[]
}

export async function benchCrowd(options: CrowdOptions): Promise<Row[]> {
  const { connections } = options
  const dataDir = mkdtempSync(join(tmpdir(), 'palabre-crowd-'))
  const env = {
    DATA_DIR: dataDir,
    HOST: '127.0.0.1',
    RATE_LIMITS: 'off',
    PASSWORD_COST: 'light',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
    ...options.store.environment(dataDir),
  }
  const startServer = (cores?: string) => start(options.server, port, env, cores)
  let server = await startServer('0,1')
  const crowd = createCrowd()
  const clients: CrowdClient[] = []
  const rows: Row[] = []
  try {
    console.log(`crowd: ${connections} connections of ${Math.ceil(connections / devices)} people`)
    const world = await populate(server, Math.ceil(connections / devices))
    await server.stop()
    server = await startServer()

    await wait(2_000)
    const before = server.memory()
    const arrival = await stretchOf(server, () => grow(server, world, crowd, clients, connections))
    await wait(restMs)
    rows.push(
      row(
        `memory of each connection`,
        `${((server.memory() - before) / connections / 1_024).toFixed(1)} KiB`,
      ),
      row('arrival: server CPU, loop p99', `${shareOf(arrival)}, ${ms(arrival.serverLoopMs)}`),
    )
    const flowed = await flowing(server, world, crowd, clients, options.flowMs)
    rows.push(...rowsOf(flowed, connections))
    rows.push(
      ...(await restarted(crowd, clients, world, async () => {
        await server.kill()
        server = await startServer()
        return server
      })),
    )
    rows.push(...(await upwards(server, world, crowd, clients, options)))
    return rows
  } finally {
    for (const client of clients) client.stop()
    await server.stop()
    await options.store.drop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function populate(server: Measured, people: number): Promise<World> {
  const accounts = await registerPeople(api(server.url), people)
  const pairs = await openPairs(api(server.url), accounts, Math.floor(people / 2))
  const groups: string[] = []
  for (let from = 0; from < people; from += groupSize)
    groups.push(await openGroup(api(server.url), accounts.slice(from, from + groupSize), `Group ${from}`))
  return { accounts, pairs, groups }
}

/** Opens connections until there are `count`; person by person, then again from the first. */
async function grow(
  server: Measured,
  { accounts }: World,
  crowd: Crowd,
  clients: CrowdClient[],
  count: number,
): Promise<void> {
  while (clients.length < count) {
    const some = Array.from({ length: Math.min(openedAtOnce, count - clients.length) }, (_, n) => {
      const { token } = accounts[(clients.length + n) % accounts.length]!
      return createCrowdClient(server.url, token, crowd)
    })
    await Promise.all(some.map((client) => client.open()))
    clients.push(...some)
  }
}

/** Messages and typing, paced by the clock; whoever is due says it whether or not the last ones are answered. */
async function flowing(
  server: Measured,
  world: World,
  crowd: Crowd,
  clients: CrowdClient[],
  durationMs: number,
): Promise<Flowed> {
  const acks: number[] = []
  let [sent, typed, failed, underWay] = [0, 0, 0, 0]

  async function say(turn: number): Promise<void> {
    const { client, conversationId } = lane(world, clients, turn, flow.groupMessages)
    const id = v7()
    const at = performance.now()
    crowd.said(id)
    underWay++
    await client
      .ask('send_message', {
        conversationId,
        id,
        kind: 'text',
        body: { text: `Message ${turn}, as long as most of the messages that people write to each other.` },
        sentAt: Date.now(),
      })
      .then(
        () => acks.push(performance.now() - at),
        () => failed++,
      )
    underWay--
  }

  async function flowFor(forMs: number): Promise<void> {
    const begun = performance.now()
    const [sentBefore, typedBefore] = [sent, typed]
    for (let at = 0; at < forMs; at = performance.now() - begun) {
      while (sent - sentBefore < (at * flow.messages) / 1_000) void say(sent++)
      while (typed - typedBefore < (at * flow.typing) / 1_000) {
        const { client, conversationId } = lane(world, clients, typed, flow.groupTyping)
        client.tell('typing', { conversationId, state: typed++ % 2 === 0 ? 'typing' : 'idle' })
      }
      await wait(2)
    }
  }

  await flowFor(Math.min(3_000, durationMs / 2))
  crowd.empty()
  acks.length = 0
  sent = 0
  const stretch = await stretchOf(server, () => flowFor(durationMs))
  for (let waited = 0; underWay > 0 && waited < 5_000; waited += 50) await wait(50)
  await wait(300)
  const { deliveries, typing, deliveryMs } = crowd.empty()
  return { ...stretch, acks, deliveryMs, deliveries, typing, sent, failed }
}

/** Who speaks at a turn, and where: every `groupEvery`th in a group, the others in a pair. All get their turn. */
function lane(
  { accounts, pairs, groups }: World,
  clients: CrowdClient[],
  turn: number,
  groupEvery: number,
): { client: CrowdClient; conversationId: string } {
  // A step that meets everybody in the end, and no neighbours one after the other.
  const index = (turn * 7_919) % clients.length
  const person = index % accounts.length
  const pair = pairs[Math.floor(person / 2)]
  const group = groups[Math.floor(person / groupSize)]!
  const conversationId = turn % groupEvery === 0 || pair === undefined ? group : pair
  return { client: clients[index]!, conversationId }
}

async function restarted(
  crowd: Crowd,
  clients: CrowdClient[],
  world: World,
  restart: () => Promise<Measured>,
): Promise<Row[]> {
  console.log('  the server dies')
  const died = performance.now()
  const server = await restart()
  const listeningMs = performance.now() - died
  let half = 0
  crowd.empty()
  let back = 0
  const stretch = await stretchOf(server, () =>
    until(
      () => {
        back = clients.filter((client) => client.isBack).length
        if (half === 0 && back >= clients.length / 2) half = performance.now() - died
        return back === clients.length
      },
      () => `all ${clients.length} are back; ${back} are`,
    ),
  )
  const allMs = performance.now() - died
  const { syncs } = crowd.empty()
  // Somebody writes in every conversation, so that each has something to converge on.
  await Promise.all(
    [...world.pairs, ...world.groups].map((conversationId, index) => {
      const person = index < world.pairs.length ? index * 2 : (index - world.pairs.length) * groupSize
      const body = { text: 'Is everybody back?' }
      const message = { conversationId, id: v7(), kind: 'text', body, sentAt: Date.now() }
      return clients[person]!.ask('send_message', message)
    }),
  )
  const wrong = await converged(server, world, clients)
  return [
    row('restart: the server answers again after', ms(listeningMs)),
    row('restart: half / all are back after', `${ms(half)} / ${ms(allMs)}`, '< 60 s', allMs < 60_000),
    row(
      'restart: clients that do not hold what the server holds',
      `${wrong} of ${clients.length}`,
      '0',
      wrong === 0,
    ),
    row('restart: syncs, server CPU, loop p99', `${syncs}, ${shareOf(stretch)}, ${ms(stretch.serverLoopMs)}`),
    row('restart: clients’ loop p99', ms(stretch.loopMs)),
  ]
}

/** How many clients have, after a while, another rev of a conversation than the server. */
async function converged(
  server: Measured,
  { accounts, pairs, groups }: World,
  clients: CrowdClient[],
): Promise<number> {
  const heads = new Map<string, number>()
  for (const [index, id] of [...pairs, ...groups].entries()) {
    const person = index < pairs.length ? index * 2 : (index - pairs.length) * groupSize
    const { conversation } = await api(server.url).call<{ conversation: { rev: number } }>(
      'GET',
      `/conversations/${id}`,
      accounts[person]!.token,
    )
    heads.set(id, conversation.rev)
  }
  const isLevel = (client: CrowdClient) => [...client.revs].every(([id, rev]) => heads.get(id) === rev)
  const end = performance.now() + 15_000
  while (performance.now() < end && !clients.every(isLevel)) await wait(250)
  return clients.filter((client) => !isLevel(client)).length
}

/** More connections at the same flow, until deliveries are slow or the machine has no more. */
async function upwards(
  server: Measured,
  world: World,
  crowd: Crowd,
  clients: CrowdClient[],
  { connections, stepMs }: CrowdOptions,
): Promise<Row[]> {
  const rows: Row[] = []
  const most = descriptors() - descriptorsKept
  let held = 0
  let gaveWay = `this machine’s file descriptors (${descriptors()} a process)`
  for (let count = connections; ; count = Math.min(most, count + Math.ceil(connections * stepShare))) {
    try {
      await grow(server, world, crowd, clients, count)
    } catch (error) {
      gaveWay = `connecting: ${error instanceof Error ? error.message : String(error)}`
      break
    }
    const flowed = await flowing(server, world, crowd, clients, stepMs)
    const p99 = percentile(flowed.deliveryMs, 0.99)
    const isQuick = p99 < slowMs && flowed.failed === 0
    rows.push(
      row(
        `${count}: delivery p99, server CPU, loops p99 (server / clients)`,
        `${ms(p99)}, ${shareOf(flowed)}, ${ms(flowed.serverLoopMs)} / ${ms(flowed.loopMs)}`,
        `< ${slowMs} ms`,
        isQuick,
      ),
    )
    if (!isQuick) {
      gaveWay = culpritOf(flowed)
      break
    }
    held = count
    if (count >= most) break
  }
  return [...rows, row('most that hold it; what gives way first', `${held}; ${gaveWay}`)]
}

function culpritOf(flowed: Flowed): string {
  if (flowed.failed > 0) return `${flowed.failed} messages were not acknowledged`
  if (flowed.loopMs > flowed.serverLoopMs) return 'the load generator’s core, not the server'
  if (flowed.cpuShare > busyShare) return `the server’s core (${shareOf(flowed)})`
  return `neither side’s code: the server had ${shareOf(flowed)} and was late; something else wants the machine`
}

function rowsOf(flowed: Flowed, connections: number): Row[] {
  const { acks, deliveryMs } = flowed
  const two = (times: number[]) => `${ms(percentile(times, 0.5))} / ${ms(percentile(times, 0.99))}`
  return [
    row(
      `${connections}: messages / deliveries / typing heard`,
      `${flowed.sent} / ${flowed.deliveries} / ${flowed.typing}`,
    ),
    row(`${connections}: not acknowledged`, String(flowed.failed), '0', flowed.failed === 0),
    row(`${connections}: acknowledgement p50 / p99`, two(acks)),
    row(
      `${connections}: delivery p50 / p99`,
      two(deliveryMs),
      `p99 < ${slowMs} ms`,
      percentile(deliveryMs, 0.99) < slowMs,
    ),
    row(`${connections}: server CPU, loop p99`, `${shareOf(flowed)}, ${ms(flowed.serverLoopMs)}`),
    row(`${connections}: clients’ loop p99`, ms(flowed.loopMs)),
  ]
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const shareOf = ({ cpuShare }: Stretch) => `${(cpuShare * 100).toFixed(0)} % of a core`

function row(what: string, palabre: string, target = '', met: boolean | null = null): Row {
  return { what: `crowd: ${what}`, relay: '', palabre, ratio: '', target, met }
}

function descriptors(): number {
  return Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1_024)
}

async function until(holds: () => boolean, what: () => string): Promise<void> {
  const end = performance.now() + giveUpMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${giveUpMs / 1_000} s: ${what()}`)
    await wait(50)
  }
}
