// One server node in virtual time: the real store, core, features and socket transport, put together as `app.ts` does. What
// it lacks is what has real time in it: listening, HTTP parsing, compression, metrics.
import { createServer } from 'node:http'
import { errors, operations, PalabreError, type OperationName } from '@palabre/protocol'
import type { Logger } from 'pino'
import type { Blobs } from '../../packages/server/src/blobs/port.ts'
import { createMemoryCluster } from '../../packages/server/src/cluster/memory.ts'
import type { Config } from '../../packages/server/src/config.ts'
import type { Services } from '../../packages/server/src/core/context.ts'
import { createPerform, type Perform } from '../../packages/server/src/core/handlers.ts'
import { createLimits } from '../../packages/server/src/core/limits.ts'
import { createMemberships } from '../../packages/server/src/core/memberships.ts'
import { createServices } from '../../packages/server/src/core/services.ts'
import { handlers, startFeatures } from '../../packages/server/src/features/index.ts'
import type { Pusher } from '../../packages/server/src/pusher/port.ts'
import type { Store } from '../../packages/server/src/store/port/store.ts'
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open.ts'
import { trustOf } from '../../packages/server/src/transport/address.ts'
import { createFanout } from '../../packages/server/src/transport/fanout.ts'
import { createAddressReaders } from '../../packages/server/src/transport/input.ts'
import { createSockets } from '../../packages/server/src/transport/live-sockets.ts'
import { createOrigins } from '../../packages/server/src/transport/origins.ts'
import { problemOf } from '../../packages/server/src/transport/problem.ts'
import { serveSockets } from '../../packages/server/src/transport/socket.ts'
import type { Clock } from './clock.ts'
import type { Answered, Door } from './network.ts'
import { stage } from './stage.ts'

export interface Node extends Door {
  readonly services: Services
  /** As a signal to stop does: everybody is sent away, what is under way goes on. */
  drain(): void
}

const key = new Uint8Array(32)

/** As far as what runs here looks at it. */
const config = {
  port: 0,
  host: '127.0.0.1',
  isLoopback: true,
  publicUrl: 'http://palabre.test',
  isPublicUrlGiven: true,
  dataDir: '/simulated',
  uploadsDir: '/simulated/uploads',
  store: 'sqlite',
  registration: 'open',
  directory: 'open',
  serverName: 'Palabre',
  webDir: '/simulated',
  trustedProxies: [],
  allowedOrigins: [],
  hasRateLimits: false,
  retentionDays: 0,
  appeals: '',
  passwordCost: 'light',
  accessTokenMs: 15 * 60_000,
  hasLongPolling: false,
  hasPerMessageDeflate: false,
  metrics: 'loopback',
  logLevel: 'error',
  tokenKeys: [{ kid: 'simulated', key }],
  refreshKey: key,
  inviteHash: null,
} as Partial<Config> as Config

/** Nobody here is told by push: the world outside of the simulation is no part of it. */
const pusher: Pusher = {
  publicKey: '',
  isAllowed: () => false,
  mustShow: () => false,
  send: () => Promise.resolve({ outcome: 'unreachable', status: null, retryAfterMs: null }),
  close: () => undefined,
}

/** Nobody here sends files. */
const away = () => Promise.reject(new PalabreError('STORE_UNAVAILABLE'))
const blobs: Blobs = {
  put: away,
  read: away,
  size: away,
  delete: away,

  async *list() {},
  check: away,
  close: () => Promise.resolve(),
}

const readers = createAddressReaders()
const routes = (Object.keys(operations) as OperationName[]).map((name) => {
  const [method = '', pattern = ''] = operations[name].http.split(' ')
  const names = [...pattern.matchAll(/:(\w+)/g)].map(([, parameter = '']) => parameter)
  return { name, method, names, pattern: new RegExp(`^${pattern.replaceAll(/:\w+/g, '([^/]+)')}$`) }
})

/** Starts a node on the stage's database. `onError`: something that nobody expected was logged. */
export async function startNode(clock: Clock, onError: (what: unknown) => void): Promise<Node> {
  const now = clock.now
  const logger = loggerOf(onError)
  const store = late(await openSqliteStore({ dataDir: config.dataDir, now }))
  const cluster = createMemoryCluster({ now, after: afterOf })
  const limits = createLimits({ isOn: false, rates: cluster.rates })
  const memberships = createMemberships(store)
  const trust = trustOf([])
  const sockets = createSockets({
    httpServer: createServer(),
    config,
    origins: createOrigins(config, trust),
    trust,
    limits,
    // What goes over these sockets is not bytes.
    deflate: { serve: () => undefined },
  })
  const fanout = createFanout({ sockets, memberships, logger, fannedOut: () => undefined })
  const services = createServices({
    config,
    blobs,
    store,
    fanout,
    cluster,
    logger,
    now,
    memberships,
    pusher,
    pushed: () => undefined,
    health() {
      throw new Error('nobody runs this server')
    },
  })
  const perform = createPerform(services, handlers, limits, { performed: () => undefined })
  serveSockets({
    sockets,
    perform,
    tokens: services.tokens,
    store,
    cluster,
    fanout,
    limits,
    hasRateLimits: false,
    logger,
    now,
    connected: () => undefined,
    disconnected: () => undefined,
  })
  startFeatures(services)

  return {
    services,
    connect: (end) => void sockets.io.engine.emit('connection', end),
    ask: (request) => answer(services, perform, request),
    drain() {
      sockets.io.emit('server_draining', { reason: 'DRAINING' })
    },
  }
}

/** What the store is asked for, by whoever catches up or pages back. */
const reads = {
  conversations: ['headsOfUser', 'byId'],
  members: ['one'],
  log: ['since', 'before'],
  receipts: ['ofUser'],
  account: ['rev', 'since'],
  users: ['profilesRev', 'profilesSince'],
} as const satisfies { [Part in keyof Store]?: readonly (keyof Store[Part])[] }

/** The store, but that answers to readers are late: between reading and knowing, others write, and are told so. */
function late(store: Store): Store {
  const slowed = Object.entries(reads).map(([name, names]) => {
    const part = store[name as keyof typeof reads] as unknown as Record<string, Read>
    const slow = Object.fromEntries(names.map((read) => [read, lateRead(part[read] as Read)]))
    return [name, { ...part, ...slow }] as const
  })
  return { ...store, ...(Object.fromEntries(slowed) as Partial<Store>) }
}

type Read = (...given: unknown[]) => Promise<unknown>

function lateRead(read: Read): Read {
  return async (...given) => {
    const found = await read(...given)
    const ms = stage().readMs()
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    return found
  }
}

/** As `transport/http.ts`, without Express. */
async function answer(
  { tokens }: Services,
  perform: Perform,
  request: Parameters<Door['ask']>[0],
): Promise<Answered> {
  try {
    const url = new URL(request.path, 'http://palabre.test')
    const route = routes.find(
      ({ method, pattern }) => method === request.method && pattern.test(url.pathname),
    )
    if (route === undefined) throw new PalabreError('NOT_FOUND')
    const values = route.pattern.exec(url.pathname)?.slice(1).map(decodeURIComponent) ?? []
    const params = Object.fromEntries(route.names.map((name, at) => [name, values[at]]))
    const body: unknown = request.body === null ? undefined : JSON.parse(request.body)
    const input = readers.get(route.name)?.read(params, Object.fromEntries(url.searchParams), body)
    const session = request.token === null ? null : await tokens.authenticate(request.token)
    const output = await perform(
      route.name,
      input,
      {
        address: '192.0.2.1',
        userAgent: 'simulated',
        cookie: null,
        session: session && { userId: session.userId, sessionId: session.sessionId, socketId: null },
      },
      'simulated',
    )
    return { status: 200, body: JSON.stringify(output) }
  } catch (error) {
    if (!(error instanceof PalabreError)) throw error
    return { status: errors[error.code].status, body: JSON.stringify(problemOf(error, 'en', 'simulated')) }
  }
}

function afterOf(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}

function loggerOf(onError: (what: unknown) => void): Logger {
  const quiet = () => undefined
  return { debug: quiet, info: quiet, warn: quiet, error: onError, fatal: onError } as unknown as Logger
}
