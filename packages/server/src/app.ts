// The one file that knows all parts: it makes them, in order, hands them to each other, and takes them down
// the other way round. It decides nothing.
import { limits as bounds } from '@palabre/protocol'
import compression from 'compression'
import type { Request, Response } from 'express'
import { openBlobs } from './blobs/open.ts'
import type { Logger } from 'pino'
import { createMemoryCluster } from './cluster/memory.ts'
import type { Pace } from './cluster/neighbours.ts'
import type { Cluster, ClusterObserver } from './cluster/port.ts'
import { openRedisCluster } from './cluster/redis.ts'
import type { Config } from './config.ts'
import { watchBlobs } from './core/blob-watch.ts'
import { createDrain } from './core/drain.ts'
import { createPerform } from './core/handlers.ts'
import { createLimits } from './core/limits.ts'
import { createMemberships } from './core/memberships.ts'
import { createServices } from './core/services.ts'
import { createTurnstile } from './core/turnstile.ts'
import { handlers, startFeatures } from './features/index.ts'
import { createLogger } from './logger.ts'
import type { PushPace } from './core/push/pushes.ts'
import { createWebPusher } from './pusher/webpush.ts'
import type { Store, StoreObserver } from './store/port/store.ts'
import { openSqliteStore } from './store/sqlite/open.ts'
import { trustOf } from './transport/address.ts'
import { createDeflate } from './transport/deflate.ts'
import { createDocs } from './transport/docs.ts'
import { createDownloads } from './transport/downloads.ts'
import { createUploads } from './transport/uploads.ts'
import { createExports } from './transport/exports.ts'
import { createFanout } from './transport/fanout.ts'
import { apiHeaders, pageHeaders } from './transport/headers.ts'
import { createHttpServer, listenOn, stopListening } from './transport/http-server.ts'
import { createApi, createExpress, problems } from './transport/http.ts'
import { createSockets, type SocketsParts } from './transport/live-sockets.ts'
import { createMetrics } from './transport/metrics.ts'
import { createOrigins } from './transport/origins.ts'
import { createProbes } from './transport/probes.ts'
import { startRounds, type RoundsPace } from './transport/rounds.ts'
import { serveSockets } from './transport/socket.ts'
import { createWebApp } from './transport/web-app.ts'

/** Running operations get this long to finish, then open connections to close. */
const drainMs = 10_000
const hangUpMs = 2_000
/** Connections and catch-ups begun in one turn of the event loop: each takes about a millisecond. */
const begunPerTurn = 4

export interface App {
  /** Starts taking connections. `url` is where this node can be reached from here. */
  listen(): Promise<{ port: number; url: string }>
  /** Finishes what is running, then stops. Nothing acknowledged is lost. */
  close(): Promise<void>
}

/** For tests: in place of what the configuration says, and of what takes long. */
export interface Instead {
  /** Shared by several nodes of this process, and closed by who opened it. */
  store?: Store
  pace?: Pace
  rounds?: RoundsPace
  pushPace?: PushPace
}

/**
 * Opens the store and puts a server together. `now`: milliseconds since 1970, for tests that move the clock.
 * @throws when the data folder is in use or cannot be read
 */
export async function createApp(
  config: Config,
  now: () => number = () => Date.now(),
  instead: Instead = {},
): Promise<App> {
  const logger = createLogger(config)
  const metrics = createMetrics(now)
  const blobs = await openBlobs(config)
  const stopWatching = await watchBlobs({ blobs, logger, report: metrics.mediaSeen })
  const store = instead.store ?? (await openStore(config, metrics, now))
  const { epoch } = store
  const isShared = config.mongodbUrl !== null || config.redisUrl !== null || instead.store !== undefined
  const { cluster, rooms } = openCluster(config, { isShared, epoch, observer: metrics, ...instead }, logger)
  const limits = createLimits({ isOn: config.hasRateLimits, rates: cluster.rates })
  const memberships = createMemberships(store, cluster)
  const trust = trustOf(config.trustedProxies)
  const origins = createOrigins(config, trust)

  const web = createExpress(trust)
  const httpServer = createHttpServer(web)
  const turnstile = createTurnstile(begunPerTurn)
  const deflate = createDeflate(metrics.compressed)
  const sockets = createSockets({ httpServer, config, origins, trust, limits, turnstile, deflate, ...rooms })
  const fanout = createFanout({
    sockets,
    memberships,
    logger,
    fannedOut: metrics.fannedOut,
    ...(isShared && { others: { epoch, isUp: cluster.isUp, observer: metrics } }),
  })
  const takeTurn = () => turnstile.pass()
  const pusher = createWebPusher({
    vapid: config.vapid,
    publicUrl: config.publicUrl,
    services: config.pushServices,
  })
  const services = createServices({
    config,
    blobs,
    store,
    fanout,
    cluster,
    logger,
    now,
    memberships,
    takeTurn,
    pusher,
    pushed: metrics.pushed,
    health: () => ({ ...metrics.health(), store: config.store }),
    pushPace: instead.pushPace,
  })
  const { perform, drain, isDraining } = createDrain(createPerform(services, handlers, limits, metrics))
  const { tokens, log } = services

  const compress = compression({ filter: isCompressed, threshold: bounds.deflateAbove + 1 })
  web.use((request, response, next) => {
    // It wraps the answer even where nothing was asked for.
    if (request.headers['accept-encoding'] === undefined) next()
    else compress(request, response, next)
  })
  web.use('/api/v1', apiHeaders(trust))
  web.use('/api/v1', createDocs(config.isPublicUrlGiven ? config.publicUrl : ''))
  const edge = { media: services.media, tokens, limits, origins, trust }
  web.use('/api/v1/uploads', createUploads({ ...edge, logger }))
  web.use('/api/v1/media', createDownloads(edge))
  web.use('/api/v1/me/export', createExports({ ...edge, services }))
  web.use('/api/v1', createApi({ perform, tokens, limits, origins, trust, config }))
  web.use(pageHeaders(trust))
  web.use(createProbes({ config, store, metrics, limits, trust, isDraining }))
  web.use(createWebApp(config.webDir, config.serverName, config.directory))
  web.use(problems(logger))
  const socketTransport = serveSockets({
    sockets,
    perform,
    tokens,
    store,
    cluster,
    fanout,
    limits,
    hasRateLimits: config.hasRateLimits,
    logger,
    now,
    connected: metrics.connected,
    disconnected: metrics.disconnected,
  })
  const stopFeatures = startFeatures(services)
  metrics.watchBus(isShared ? cluster.isUp : null)
  const stopRounds = isShared
    ? startRounds({
        sockets,
        fanout,
        store,
        memberships,
        cluster,
        logger,
        now,
        takeTurn,
        hinted: metrics.hinted,
        ...(instead.rounds && { pace: instead.rounds }),
      })
    : () => undefined

  return {
    async listen() {
      const port = await listenOn(httpServer, config.port, config.host)
      logger.info({ port, host: config.host, store: config.store, nodeId: cluster.nodeId }, 'listening')
      return { port, url: config.isPublicUrlGiven ? config.publicUrl : localUrl(config.host, port) }
    },
    async close() {
      sockets.shut()
      const finished = drain(drainMs)
      sockets.io.local.emit('server_draining', { reason: 'DRAINING' })
      await finished
      await log.drained()
      stopRounds()
      stopFeatures()
      socketTransport.close()
      fanout.close()
      sockets.io.local.disconnectSockets(true)
      await stopListening(httpServer, hangUpMs)
      pusher.close()
      await cluster.close()
      await services.media.close()
      if (instead.store === undefined) await store.close()
      stopWatching()
      await blobs.close()
      metrics.close()
      logger.info('stopped')
    },
  }
}

/** The engine that the operator chose; the other one's driver is not loaded. */
async function openStore(
  { mongodbUrl, dataDir }: Config,
  observer: StoreObserver,
  now: () => number,
): Promise<Store> {
  if (mongodbUrl === null) return openSqliteStore({ dataDir, observer, now })
  const { openMongoStore } = await import('./store/mongo/open.ts')
  return openMongoStore({ url: mongodbUrl, observer, now })
}

/** What this node knows of the others: through Redis, or nothing. */
function openCluster(
  { redisUrl, redisCa }: Config,
  parts: { isShared: boolean; epoch: string; observer: ClusterObserver; pace?: Pace },
  logger: Logger,
): { cluster: Cluster; rooms: Pick<SocketsParts, 'rooms'> } {
  if (redisUrl === null) return { cluster: createMemoryCluster(undefined, undefined, parts), rooms: {} }
  const cluster = openRedisCluster({
    ...parts,
    url: redisUrl,
    ca: redisCa,
    onState: (isUp, reason) =>
      isUp
        ? logger.info('Redis is there')
        : logger.warn({ reason }, 'Redis is away: nodes catch up by the store'),
  })
  return { cluster, rooms: { rooms: cluster } }
}

/** Tokens are never compressed beside what others may choose (BREACH). */
function isCompressed(request: Request, response: Response): boolean {
  return !request.path.startsWith('/api/v1/auth/') && compression.filter(request, response)
}

function localUrl(host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${shown}:${port}`
}
