// `npm run bench [-- --quick]`: Palabre beside a bare Socket.IO relay, in one run on this machine.
// The server has one core, the load generator the other. Ratios count; absolute figures are this machine's.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Socket } from 'socket.io-client'
import { benchCompression } from './compression.ts'
import { benchCrowd } from './crowd.ts'
import { printTable, type Row } from './figures.ts'
import { history } from './history.ts'
import { benchLogins } from './logins.ts'
import { connect, load, type Lane, type LoadResult, type Person } from './load.ts'
import { start, type Measured } from './process.ts'
import { benchScrolling } from './scrolling.ts'
import { benchSearch } from './search.ts'
import { storeOf } from './store.ts'
import { benchStorm } from './storm.ts'
import { api, openGroup, openPairs, registerPeople, type Account } from './world.ts'

const isQuick = process.argv.includes('--quick')
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length)
const isWanted = (part: string) => only === undefined || only.split(',').includes(part)

const pairs = isQuick ? 50 : 200
const groupSize = isQuick ? 100 : 500
const connectionCounts = isQuick ? [1_000] : [5_000, 10_000]
const historyLength = isQuick ? 10_000 : 100_000
const durationMs = isQuick ? 4_000 : 15_000
const calmMs = isQuick ? 4_000 : 30_000
const stormPeople = isQuick ? 40 : 250
const relayPort = 4_801
const palabrePort = 4_802

const root = fileURLToPath(new URL('..', import.meta.url))
execFileSync('taskset', ['-p', '-c', '1', String(process.pid)], { stdio: 'ignore' })

const rows: Row[] = []
const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`

const startRelay = () => start(['--import', 'tsx', join(root, 'bench/relay.ts')], relayPort, {})

interface Scene {
  server: Measured
  lanes: Lane[]
  sockets: Socket[]
}

async function pairScene(server: Measured, people: Person[], ids: string[], sync: boolean): Promise<Scene> {
  const sockets = await connect(server.url, people, sync)
  const lanes = ids.map((conversationId, pair) => ({ conversationId, sender: sockets[pair * 2]! }))
  return { server, lanes, sockets }
}

function close(sockets: Socket[]): void {
  for (const socket of sockets) socket.disconnect()
}

/** Alternates the two servers, three rounds, and keeps the median round of each by `pick`. */
async function paired(
  relay: Scene,
  palabre: Scene,
  options: Parameters<typeof load>[3],
  pick: (result: LoadResult) => number,
): Promise<{ relay: LoadResult; palabre: LoadResult }> {
  const results: { relay: LoadResult[]; palabre: LoadResult[] } = { relay: [], palabre: [] }
  const rounds = isQuick ? 1 : 3
  const each = { ...options, durationMs: options.durationMs / rounds }
  for (let round = 0; round < rounds; round++) {
    results.relay.push(await load(relay.server, relay.lanes, receiversOf(relay), each))
    results.palabre.push(await load(palabre.server, palabre.lanes, receiversOf(palabre), each))
  }
  const median = (list: LoadResult[]) =>
    list.toSorted((a, b) => pick(a) - pick(b))[Math.floor(list.length / 2)]!
  return { relay: median(results.relay), palabre: median(results.palabre) }
}

/** Deliveries are those to others: every socket that does not send. */
function receiversOf(scene: Scene): Socket[] {
  const senders = new Set(scene.lanes.map((lane) => lane.sender))
  return scene.sockets.filter((socket) => !senders.has(socket))
}

function compare(
  what: string,
  relay: number,
  palabre: number,
  show: (v: number) => string,
  target: number,
  higherIsBetter = false,
): void {
  const ratio = palabre / relay
  rows.push({
    what,
    relay: show(relay),
    palabre: show(palabre),
    ratio: `${ratio.toFixed(2)}×`,
    target: `${higherIsBetter ? '≥' : '≤'} ${target}×`,
    met: higherIsBetter ? ratio >= target : ratio <= target,
  })
}

function tell(what: string, relay: string, palabre: string): void {
  rows.push({ what, relay, palabre, ratio: '', target: '', met: null })
}

async function benchPairs(relay: Measured, palabre: Measured, people: Account[]): Promise<void> {
  console.log(`1:1 messages between ${pairs} pairs`)
  const ids = await openPairs(api(palabre.url), people, pairs)
  const a = await pairScene(
    relay,
    ids.flatMap((id) => [{ auth: { rooms: [id] } }, { auth: { rooms: [id] } }]),
    ids,
    false,
  )
  const b = await pairScene(palabre, people.slice(0, pairs * 2), ids, true)
  // At full speed first: both are warm when the calm is measured, as servers are that run for more than a minute. Five
  // hundred messages a second take as long as that to have their code compiled.
  const full = await paired(a, b, { rate: null, window: 4, durationMs }, (r) => r.perSecond)
  compare(
    '1:1 at saturation: messages a second',
    full.relay.perSecond,
    full.palabre.perSecond,
    (value) => value.toFixed(0),
    0.5,
    true,
  )
  tell('1:1 at saturation: CPU per message', ms(full.relay.cpuMsPerMessage), ms(full.palabre.cpuMsPerMessage))
  const calm = await paired(a, b, { rate: 500, window: 1, durationMs: calmMs }, (r) => r.cpuMsPerMessage)
  compare('1:1 at 500/s: CPU per message', calm.relay.cpuMsPerMessage, calm.palabre.cpuMsPerMessage, ms, 2)
  tell(
    '1:1 at 500/s: delivery p50 / p99',
    `${ms(calm.relay.deliveryP50)} / ${ms(calm.relay.deliveryP99)}`,
    `${ms(calm.palabre.deliveryP50)} / ${ms(calm.palabre.deliveryP99)}`,
  )
  close([...a.sockets, ...b.sockets])
}

async function benchFanout(relay: Measured, palabre: Measured, people: Account[]): Promise<void> {
  console.log(`fan-out to ${groupSize} members`)
  const members = people.slice(0, groupSize)
  const id = await openGroup(api(palabre.url), members, 'Fan-out')
  const scene = async (server: Measured, list: Person[], sync: boolean): Promise<Scene> => {
    const sockets = await connect(server.url, list, sync)
    return { server, sockets, lanes: [{ conversationId: id, sender: sockets[0]! }] }
  }
  const a = await scene(
    relay,
    members.map(() => ({ auth: { rooms: [id] } })),
    false,
  )
  const b = await scene(palabre, members, true)
  const result = await paired(a, b, { rate: 40, window: 1, durationMs }, (r) => r.cpuUsPerDelivery)
  compare(
    `fan-out to ${groupSize}: CPU per delivery`,
    result.relay.cpuUsPerDelivery,
    result.palabre.cpuUsPerDelivery,
    (value) => `${value.toFixed(1)} µs`,
    1.2,
  )
  close([...a.sockets, ...b.sockets])
}

async function benchConnections(count: number, people: Account[], palabre: Measured): Promise<void> {
  console.log(`${count} idle connections`)
  const idle = async (server: Measured, list: Person[], sync: boolean) => {
    await wait(2_000)
    const before = server.memory()
    const sockets = await connect(server.url, list, sync)
    await wait(5_000)
    const cpuBefore = server.cpuMs()
    const restMs = isQuick ? 5_000 : 30_000
    await wait(restMs)
    const cpu = (server.cpuMs() - cpuBefore) / (restMs / 1_000)
    // After the rest: what the arrival left behind is gone by then, for either server.
    const bytes = (server.memory() - before) / count
    close(sockets)
    return { bytes, cpu }
  }
  const relay = await startRelay()
  const a = await idle(
    relay,
    Array.from({ length: count }, () => ({ auth: {} })),
    false,
  )
  await relay.stop()
  const b = await idle(
    palabre,
    Array.from({ length: count }, (_, index) => people[index % people.length]!),
    true,
  )
  const kib = (value: number) => `${(value / 1_024).toFixed(1)} KiB`
  compare(`${count} idle connections: memory each`, a.bytes, b.bytes, kib, 1.5)
  tell(`${count} idle connections: CPU a second`, ms(a.cpu), ms(b.cpu))
}

async function benchHistory(palabre: Measured, people: Account[]): Promise<void> {
  console.log(`history of ${historyLength} messages`)
  const id = await openGroup(api(palabre.url), people.slice(0, 2), 'History')
  const [sender] = await connect(palabre.url, people.slice(0, 1), true)
  const { v7 } = await import('uuid')
  for (let from = 0; from < historyLength; from += 500) {
    await Promise.all(
      Array.from({ length: 500 }, async (_, offset) => {
        const answer = (await sender!.emitWithAck('send_message', {
          conversationId: id,
          id: v7(),
          kind: 'text',
          body: { text: `Message ${from + offset}, as long as most of the messages that people write.` },
          sentAt: Date.now(),
        })) as { ok: boolean }
        if (!answer.ok) throw new Error(JSON.stringify(answer))
      }),
    )
  }
  close([sender!])
  const requests = isQuick ? 200 : 2_000
  const cases = [
    ['last 50', `/conversations/${id}/messages?limit=50`],
    ['middle 50', `/conversations/${id}/messages?around=${historyLength / 2}&limit=50`],
  ] as const
  for (const [what, path] of cases) {
    const result = await history(palabre.url, people[0]!.token, path, requests)
    rows.push({
      what: `history, ${what}: p50 / p99`,
      relay: '',
      palabre: `${ms(result.p50)} / ${ms(result.p99)}`,
      ratio: '',
      target: '< 2 / < 5 ms',
      met: result.p50 < 2 && result.p99 < 5,
    })
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'palabre-bench-'))
const palabreArgs = [join(root, 'packages/server/dist/main.js')]
const palabreEnv = {
  DATA_DIR: dataDir,
  HOST: '127.0.0.1',
  RATE_LIMITS: 'off',
  PASSWORD_COST: 'light',
  LOG_LEVEL: 'error',
  NODE_ENV: 'production',
}

/** The parts that stand beside the relay, with people of their own. */
async function benchBeside(): Promise<void> {
  const relay = await startRelay()
  let palabre = await start(palabreArgs, palabrePort, palabreEnv)
  console.log('accounts')
  const people = await registerPeople(api(palabre.url), Math.max(groupSize, pairs * 2))
  if (isWanted('pairs')) await benchPairs(relay, palabre, people)
  if (isWanted('fanout')) await benchFanout(relay, palabre, people)
  if (isWanted('history')) await benchHistory(palabre, people)
  await relay.stop()
  if (isWanted('connections')) {
    for (const count of connectionCounts) {
      await palabre.stop()
      palabre = await start(palabreArgs, palabrePort, palabreEnv)
      await benchConnections(count, people, palabre)
    }
  }
  await palabre.stop()
}

try {
  if (['pairs', 'fanout', 'history', 'connections'].some(isWanted)) await benchBeside()
  if (isWanted('compression')) {
    rows.push(
      ...(await benchCompression({
        server: palabreArgs,
        root,
        receivers: isQuick ? 100 : 300,
        messages: isQuick ? 40 : 100,
        conversations: isQuick ? 10 : 40,
      })),
    )
  }
  if (isWanted('crowd')) {
    rows.push(
      ...(await benchCrowd({
        server: palabreArgs,
        store: storeOf(process.argv),
        connections: isQuick ? 1_000 : 10_000,
        flowMs: isQuick ? 5_000 : 30_000,
        stepMs: isQuick ? 3_000 : 12_000,
      })),
    )
  }
  if (isWanted('search')) {
    rows.push(
      ...(await benchSearch({
        messages: isQuick ? 60_000 : 1_000_000,
        conversations: isQuick ? 200 : 1_000,
        questions: isQuick ? 50 : 200,
      })),
    )
  }
  if (isWanted('logins'))
    rows.push(...(await benchLogins({ server: palabreArgs, logins: 50, flowMs: isQuick ? 6_000 : 10_000 })))
  if (isWanted('scrolling')) {
    rows.push(
      ...(await benchScrolling({
        server: palabreArgs,
        env: { ...palabreEnv, DATA_DIR: join(dataDir, 'scrolling'), MEDIA_FREE_BYTES: '0' },
        messages: isQuick ? 5_000 : 100_000,
      })),
    )
  }
  if (isWanted('storm')) rows.push(...(await benchStorm({ people: stormPeople, server: palabreArgs })))
} finally {
  // Also when a part has failed: the others took minutes.
  console.log('')
  printTable(rows)
  rmSync(dataDir, { recursive: true, force: true })
}
