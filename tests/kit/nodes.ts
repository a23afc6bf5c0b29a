// Several nodes of one server behind a balancer: one MongoDB database, one Redis, one set of keys. As processes of their
// own, each with a link of its own to the store and to Redis, so that either can be taken from one node alone; or all in
// this process, for suites that only talk to a server.
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBalancer, type BalancedNode, type Balancer } from './links/balancer.ts'
import { createNetwork, type Network } from './links/network.ts'
import { redisUrl, startRedis, type TestRedis } from './redis.ts'
import {
  freePort,
  spawnServer,
  startServer,
  type Environment,
  type ServerProcess,
  type TestServer,
} from './server.ts'
import { dropStore, storeEnvironment } from './stores.ts'

/** All of them as one server: `url` is the balancer's. */
export interface ManyServers<N extends TestServer = TestServer> extends TestServer {
  readonly nodes: readonly (N & BalancedNode)[]
  readonly balancer: Balancer
  readonly redis: TestRedis
  /** Straight to the store. */
  readonly databaseUrl: string
}

export interface ServerNode extends ServerProcess {
  readonly toStore: Network
  readonly toRedis: Network
}

export interface Nodes extends ManyServers<ServerNode> {
  /** Resolves when people are sent to every node. */
  served(): Promise<void>
  /** One after the other: told to stop, started again, and served again before the next. */
  rollingRestart(): Promise<void>
}

/** Nodes in this process. `now`: the clock of all. */
export function startNodes(count: number, more: Environment = {}, now?: () => number): Promise<ManyServers> {
  return together(count, (shared) => startServer('mongo', { ...shared.environment, ...more }, now))
}

/** Nodes that are processes of their own. */
export async function spawnNodes(count: number, more: Environment = {}): Promise<Nodes> {
  const servers = await together(count, async ({ environment, databaseUrl, redis, folder }) => {
    const store = new URL(databaseUrl)
    const toStore = await createNetwork({ host: store.hostname, port: Number(store.port || 27_017) })
    const toRedis = await createNetwork(redis)
    store.host = `127.0.0.1:${toStore.port}`
    const links = { MONGODB_URL: store.href, REDIS_URL: redisUrl(toRedis.port) }
    const server = await spawnServer('mongo', { ...environment, ...links, ...more }, folder)
    const abandon = () => killGroup(server.pid)
    process.once('exit', abandon)
    const { stop } = server
    return Object.assign(server, {
      toStore,
      toRedis,
      async stop() {
        process.off('exit', abandon)
        await stop()
        await Promise.all([toStore.close(), toRedis.close()])
      },
    })
  })
  const { nodes, balancer } = servers
  const served = () => balancer.serves(...nodes.map(({ name }) => name))
  return {
    ...servers,
    served,
    async rollingRestart() {
      for (const { name, drain, restart } of nodes) {
        const code = await drain()
        if (code !== 0) throw new Error(`${name} ended with ${code} when it was asked to`)
        await restart()
        await served()
      }
    },
  }
}

interface Shared {
  environment: Environment
  databaseUrl: string
  redis: TestRedis
  folder: string
}

async function together<N extends TestServer>(
  count: number,
  start: (shared: Shared) => Promise<N>,
): Promise<ManyServers<N>> {
  const databaseUrl = directUrl(storeEnvironment('mongo')['MONGODB_URL'] ?? '')
  const folder = await mkdtemp(join(tmpdir(), 'palabre-nodes-'))
  const abandon = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', abandon)
  const redis = await startRedis()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const environment = {
    MONGODB_URL: databaseUrl,
    REDIS_URL: redis.url,
    KEYS_DIR: join(folder, 'keys'),
    // Access tokens name who made them: all nodes are one server.
    PUBLIC_URL: url,
    TRUSTED_PROXIES: 'loopback',
  }
  const started = await Promise.all(
    Array.from({ length: count }, () => start({ environment, databaseUrl, redis, folder })),
  )
  const nodes = started.map((node, n) => Object.assign(node, { name: `node${n + 1}` }))
  const balancer = await startBalancer(port, nodes)
  return {
    url,
    port,
    dataDir: folder,
    nodes,
    balancer,
    redis,
    databaseUrl,
    async stop() {
      await balancer.close()
      await Promise.all(nodes.map((node) => node.stop()))
      await redis.close()
      await dropStore({ MONGODB_URL: databaseUrl })
      process.off('exit', abandon)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A link stands for one server: others of its set, which it would name, are not behind it. */
function directUrl(url: string): string {
  const direct = new URL(url)
  direct.searchParams.set('directConnection', 'true')
  return direct.href
}

/** A process that was started detached, and all of its own. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is down.
  }
}
