// A server that dies under everybody: 2,000 clients lose it at once, find it again by their own back-off, and catch
// up. The clients are the SDK itself, all in this process; the server has the other core. What is asked: do all
// converge, does nobody come in step, and is the server quick meanwhile for those that are back already.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient, type Client, type StoredSession } from '@palabre/client'
import type { ConversationId, Output } from '@palabre/protocol'
import { v7 } from 'uuid'
import { percentile, type Row } from './figures.ts'
import { start, type Measured } from './process.ts'
import { stretchOf, type Stretch } from './stretch.ts'
import { api, type Api } from './world.ts'

/** A person's sign-in costs a tenth of a second of hashing: so each has several clients, as with open tabs. */
const clientsPerPerson = 8
const openedAtOnce = 25
/** Members of each group; each person is in two of them and in two direct conversations. */
const groupSize = 25
const talkers = 20
const talkEveryMs = 500
const calmMs = 5_000
const binMs = 100
const giveUpMs = 120_000
const port = 4_803

interface Storming {
  client: Client
  /** When it tried to connect, in milliseconds after the server died. */
  attempts: number[]
  direct: ConversationId
}

interface Talk {
  ms: number
  at: number
}

export async function benchStorm(options: { people: number; server: string[] }): Promise<Row[]> {
  const { people } = options
  const dataDir = mkdtempSync(join(tmpdir(), 'palabre-storm-'))
  const env = {
    DATA_DIR: dataDir,
    HOST: '127.0.0.1',
    RATE_LIMITS: 'off',
    PASSWORD_COST: 'light',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
  }
  const startServer = () => start(options.server, port, env)
  let server = await startServer()
  const clients: Storming[] = []
  try {
    console.log(`storm: ${people * clientsPerPerson} clients of ${people} people`)
    const sessions = await register(api(server.url), people)
    const directs = await converse(api(server.url), sessions)
    for (let from = 0; from < people; from += openedAtOnce) {
      const some = sessions.slice(from, from + openedAtOnce)
      const opened = await Promise.all(
        some.map(async ({ kept }, n) => {
          const own: Storming[] = []
          // One after the other: the first renews the session's token, the others find it renewed.
          while (own.length < clientsPerPerson) own.push(await open(server.url, kept, directs[from + n]!))
          return own
        }),
      )
      clients.push(...opened.flat())
    }
    const rows = await storm(clients, server, async () => {
      await server.kill()
      server = await startServer()
      return server
    })
    await converged(clients, api(server.url), sessions)
    return rows
  } finally {
    await Promise.all(clients.map(({ client }) => client.stop()))
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

interface Session {
  userId: string
  token: string
  /** As a device keeps it; the clients of one person share it, as tabs do. */
  kept: { current: StoredSession | null }
}

async function register(server: Api, count: number): Promise<Session[]> {
  const one = async (index: number): Promise<Session> => {
    const { user, session, accessToken, refreshToken } = await server.call<Output<'register'>>(
      'POST',
      '/auth/register',
      null,
      {
        username: `storm${index}`,
        password: `a long phrase for storm ${index}`,
        displayName: `Storm ${index}`,
        tokens: 'body',
      },
    )
    const current: StoredSession = { user, sessionId: session.id, refreshToken: refreshToken ?? null }
    return { userId: user.id, token: accessToken, kept: { current } }
  }
  const sessions: Session[] = []
  for (let from = 0; from < count; from += 8)
    sessions.push(
      ...(await Promise.all(Array.from({ length: Math.min(8, count - from) }, (_, n) => one(from + n)))),
    )
  return sessions
}

interface Opened {
  conversation: { id: ConversationId; rev: number }
}

/** Groups of neighbours, overlapping, and a direct conversation of each with the next; answers these. */
async function converse(server: Api, people: Session[]): Promise<ConversationId[]> {
  for (const shift of [0, Math.floor(groupSize / 2)]) {
    for (let from = 0; from < people.length; from += groupSize) {
      const members = Array.from({ length: groupSize }, (_, n) => people[(from + n + shift) % people.length]!)
      await server.call<Opened>('POST', '/conversations', members[0]!.token, {
        kind: 'group',
        title: 'Neighbours',
        memberIds: members.slice(1).map(({ userId }) => userId),
      })
    }
  }
  const directs: ConversationId[] = []
  for (const [index, person] of people.entries()) {
    const userId = people[(index + 1) % people.length]!.userId
    const made = await server.call<Opened>('POST', '/conversations', person.token, { kind: 'direct', userId })
    directs.push(made.conversation.id)
  }
  return directs
}

async function open(url: string, kept: Session['kept'], direct: ConversationId): Promise<Storming> {
  const client = createClient({
    url,
    tokens: 'body',
    sessionStorage: {
      load: async () => kept.current,
      async save(session) {
        kept.current = session
      },
    },
  })
  await client.start()
  await until(() => client.connection.get().name === 'online', 'a client is online')
  return { client, attempts: [], direct }
}

async function storm(
  clients: Storming[],
  before: Measured,
  restart: () => Promise<Measured>,
): Promise<Row[]> {
  let talks: Talk[] = []
  let isTalking = true
  const talking = clients
    .filter((_, index) => index % Math.floor(clients.length / talkers) === 0)
    .map(async (one) => {
      await wait(Math.random() * talkEveryMs)
      while (isTalking) {
        if (one.client.connection.get().name === 'online') await talk(one, talks)
        await wait(talkEveryMs)
      }
    })
  const calm = await during(before, talks, () => wait(calmMs))
  talks = []

  const died = performance.now()
  const backAt = new Map<Storming, number>()
  for (const one of clients) {
    one.client.connection.subscribe(({ name }) => {
      if (name === 'connecting') one.attempts.push(performance.now() - died)
      if (name === 'online') backAt.set(one, performance.now() - died)
    })
  }
  const server = await restart()
  const listeningAt = performance.now() - died
  const stormy = await during(server, talks, () =>
    until(() => backAt.size === clients.length, 'all are back'),
  )
  const back = [...backAt.values()]
  const after = await during(server, (talks = []), () => wait(calmMs))
  isTalking = false
  await Promise.all(talking)

  const attempts = clients.flatMap((one) => one.attempts)
  const { largest, mean, text } = histogram(attempts)
  console.log(`  attempts in each ${binMs} ms after the server died:\n  ${text}`)
  const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
  const row = (what: string, palabre: string, target = '', met: boolean | null = null): Row => ({
    what: `storm of ${clients.length}: ${what}`,
    relay: '',
    palabre,
    ratio: '',
    target,
    met,
  })
  const told = (part: Spell) =>
    `${ms(percentile(part.acks, 0.5))} / ${ms(percentile(part.acks, 0.99))}, ${part.acks.length} sends`
  const cpu = (part: Stretch) => `${(part.cpuShare * 100).toFixed(0)} % of a core`
  const stretches = [calm, stormy, after]
  const last = Math.max(...back)
  return [
    row('server answers again after', ms(listeningAt)),
    row('half / all are back after', `${ms(percentile(back, 0.5))} / ${ms(last)}`, '< 60 s', last < 60_000),
    row(
      `attempts: largest / mean of ${binMs} ms`,
      `${largest} / ${mean.toFixed(0)}, ${attempts.length} in all`,
      `≤ ${Math.ceil(clients.length / 4)}`,
      largest <= clients.length / 4,
    ),
    row('ack p50 / p99 before', told(calm)),
    row(
      'ack p50 / p99 of those already back',
      told(stormy),
      'p99 < 500 ms',
      percentile(stormy.acks, 0.99) < 500,
    ),
    row('ack p50 / p99 afterwards', told(after)),
    row('server CPU before / meanwhile / after', stretches.map(cpu).join(' / ')),
    row(
      'server loop p99 before / meanwhile / after',
      stretches.map((one) => ms(one.serverLoopMs)).join(' / '),
    ),
    row('clients loop p99 before / meanwhile / after', stretches.map((one) => ms(one.loopMs)).join(' / ')),
  ]
}

interface Spell extends Stretch {
  acks: number[]
}

async function during(server: Measured, talks: Talk[], job: () => Promise<unknown>): Promise<Spell> {
  const from = talks.length
  const stretch = await stretchOf(server, job)
  return { ...stretch, acks: talks.slice(from).map(({ ms }) => ms) }
}

async function talk({ client, direct }: Storming, talks: Talk[]): Promise<void> {
  const at = performance.now()
  await client
    .call('sendMessage', {
      conversationId: direct,
      id: v7(),
      kind: 'text',
      body: { text: 'Is anybody there?' },
      sentAt: Date.now(),
    })
    .then(
      () => talks.push({ at, ms: performance.now() - at }),
      // The server died under it: that is the point.
      () => undefined,
    )
}

/** Everybody holds what the server holds. */
async function converged(clients: Storming[], server: Api, people: Session[]): Promise<void> {
  for (const [index, person] of people.entries()) {
    const { conversations } = await server.call<Output<'listConversations'>>(
      'GET',
      '/conversations?limit=100',
      person.token,
    )
    for (const { client } of clients.slice(index * clientsPerPerson, (index + 1) * clientsPerPerson)) {
      for (const { id, rev } of conversations) {
        await until(
          () => client.conversations.one(id).get()?.conversation.rev === rev,
          `a client holds ${id} at ${rev}`,
        )
      }
    }
  }
  console.log(`  all ${clients.length} hold what the server holds`)
}

function histogram(attempts: number[]): { largest: number; mean: number; text: string } {
  const bins: number[] = []
  for (const at of attempts) {
    const bin = Math.floor(at / binMs)
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  const counts = Array.from(bins, (count = 0) => count)
  const mean = attempts.length / Math.max(1, counts.length)
  return { largest: Math.max(0, ...counts), mean, text: counts.join(' ') }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + giveUpMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${giveUpMs / 1_000} s: ${what}`)
    await wait(5)
  }
}
