// Two nodes of one server in this process: one store, one set of keys, one Redis that a test may take away. What they do
// every few seconds they do here several times a second. While they hear each other they never ask the store what they
// were not told, so that what arrives has come through Redis.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, loadConfig } from '@palabre/server'
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open.ts'
import { startRedis, type TestRedis } from './redis.ts'
import type { Environment } from './server.ts'
import { dropStore, storeEnvironment, type StoreName } from './stores.ts'
import { eventually } from './wait.ts'

export interface Pair {
  /** Where each node is reached. */
  readonly urls: readonly [string, string]
  readonly redis: TestRedis
  /** A number of `/metrics`, by its name with labels. */
  metric(url: string, name: string): Promise<number>
  /** Resolves when both nodes hear each other, or neither hears anything. */
  hears(isHeard: boolean): Promise<void>
  stop(): Promise<void>
}

const pace = { beatMs: 50, silentMs: 700, goneMs: 2_000 }
const never = [3_600_000, 3_600_000] as const
const rounds = { lookMs: 50, heardMs: never, unheardMs: [200, 400], sessionsMs: [400, 800] } as const
const noRounds = { lookMs: 50, heardMs: never, unheardMs: never, sessionsMs: never } as const

/** `asks`: false for nodes that never ask the store by themselves, however little they hear. */
export async function startPair(store: StoreName, more: Environment = {}, asks = true): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'palabre-pair-'))
  const redis = await startRedis()
  const kept = storeEnvironment(store)
  // One engine in one process: nodes that are processes share a MongoDB.
  const shared = store === 'sqlite' ? await openSqliteStore({ dataDir: folder, now: Date.now }) : null
  const environment = (name: string) => ({
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: join(folder, name),
    KEYS_DIR: join(folder, 'keys'),
    PUBLIC_URL: 'http://palabre.test',
    REDIS_URL: redis.url,
    RATE_LIMITS: 'off',
    PASSWORD_COST: 'light',
    LOG_LEVEL: 'error',
    ...kept,
    ...more,
  })
  const start = async (name: string) => {
    const app = await createApp(loadConfig(environment(name)), undefined, {
      pace,
      rounds: asks ? rounds : noRounds,
      ...(shared !== null && { store: shared }),
    })
    const { port } = await app.listen()
    return { url: `http://127.0.0.1:${port}`, close: app.close }
  }
  const nodes = [await start('one'), await start('other')] as const

  async function metric(url: string, name: string): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(`${name} `))
    return Number(line?.slice(name.length + 1) ?? Number.NaN)
  }
  const pair: Pair = {
    urls: [nodes[0].url, nodes[1].url],
    redis,
    metric,
    async hears(isHeard) {
      await eventually(
        async () => {
          const found = await Promise.all(pair.urls.map((url) => metric(url, 'palabre_node_bus_up')))
          return found.every((up) => up === (isHeard ? 1 : 0)) ? true : undefined
        },
        `nodes ${isHeard ? 'hear' : 'do not hear'} each other`,
      )
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.close()))
      await shared?.close()
      await redis.close()
      await dropStore(kept)
      await rm(folder, { recursive: true, force: true })
    },
  }
  await pair.hears(true)
  return pair
}
