// The cluster's contract through a real Redis, and what only Redis does: passwords, users' rights, TLS, silence.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clusterContract } from './contract/cluster.ts'
import { startRedis, type RedisServer, type RedisServerOptions } from './contract/redis-server.ts'
import type { Cluster } from './port.ts'
import { openRedisCluster } from './redis.ts'

const soon = { timeout: 10_000, interval: 15 }
const pace = { beatMs: 40, silentMs: 400, goneMs: 900 }
/** The rights that a node needs, and no others: the file that operators use. */
const rights = readFileSync(new URL('../../../../deploy/redis/rights', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .join(' ')
  .trim()

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

clusterContract('redis', () => ({
  open({ pace: given, graceMs, epoch = 'one', onDropped }) {
    const observer = {
      said: () => undefined,
      heard: () => undefined,
      dropped: onDropped ?? (() => undefined),
    }
    return openRedisCluster({ url: redis.url, epoch, pace: given, graceMs, observer })
  },
  cut: () => redis.kill(),
  mend: () => redis.restart(),
}))

describe('a Redis that asks who comes', () => {
  const password = 'a long password / with @ signs'

  async function comesUp(
    options: RedisServerOptions,
    change: (server: RedisServer) => { url: string; ca?: string },
  ) {
    const server = await startRedis(options)
    const cluster = openRedisCluster({ epoch: 'one', pace, ...change(server) })
    return { server, cluster, end: () => cluster.close().then(() => server.stop()) }
  }
  const isUp = (cluster: Cluster) => vi.waitFor(() => expect(cluster.isUp()).toBe(true), soon)

  test('[SEC-23] a password', async () => {
    const { cluster, end } = await comesUp({ password }, ({ url }) => ({ url }))
    await isUp(cluster)
    await end()
  })

  test('[SEC-23] a user with the rights of the operator’s page and no others', async () => {
    const hash = createHash('sha256').update(password).digest('hex')
    const acl = ['user default off', `user palabre on #${hash} ${rights}`]
    const { server, cluster, end } = await comesUp({ acl, user: 'palabre', password }, ({ url }) => ({ url }))
    await isUp(cluster)
    const counter = cluster.rates.counter({ name: 'some', points: 1, perMs: 60_000, isStrict: true })
    expect(await counter.take('key')).toBe(0)
    expect(await counter.taken('key')).toBe(1)
    expect(await counter.count('key')).toBe(2)
    await counter.giveBack('key')
    expect(await counter.taken('key')).toBe(1)
    // Counted there, not in this process for want of a right.
    const client = createClient({ url: server.url })
    await client.connect()
    const kept = createHash('sha256').update('key').digest('base64url').slice(0, 22)
    expect(await client.get(`palabre:rate:some:${kept}`)).toBe('1')
    for (const command of [['FLUSHALL'], ['KEYS', '*'], ['GET', 'other'], ['SUBSCRIBE', 'other']]) {
      await expect(client.sendCommand(command)).rejects.toThrow(/NOPERM/)
    }
    await client.close()
    await counter.forget('key')
    expect(await counter.taken('key')).toBe(0)
    await end()
  })

  test('[SEC-23] a certificate of one’s own, if one says so', async () => {
    const { server, cluster, end } = await comesUp({ hasTls: true, password }, ({ url, ca }) => ({ url, ca }))
    await isUp(cluster)
    const states: boolean[] = []
    const stranger = openRedisCluster({
      url: server.url,
      epoch: 'one',
      pace,
      onState: (up) => states.push(up),
    })
    await vi.waitFor(() => expect(states).toEqual([false]), soon)
    expect(stranger.isUp()).toBe(false)
    await stranger.close()
    await end()
  })
})

describe('a Redis that is stopped', () => {
  test('[P5] nobody waits for it: counts fall back to this node’s, and words are lost at once', async () => {
    const server = await startRedis()
    const cluster = openRedisCluster({ url: server.url, epoch: 'one', pace })
    await vi.waitFor(() => expect(cluster.isUp()).toBe(true), soon)
    const counter = cluster.rates.counter({ name: 'strict', points: 2, perMs: 60_000, isStrict: true })
    expect(await counter.take('alice')).toBe(0)
    server.stall()
    expect(await counter.take('alice')).toBe(0)
    expect(await counter.take('alice')).toBe(0)
    expect(await counter.take('alice')).toBeGreaterThan(0)
    await vi.waitFor(() => expect(cluster.isUp()).toBe(false), soon)
    server.goOn()
    await vi.waitFor(() => expect(cluster.isUp()).toBe(true), soon)
    expect(await counter.taken('alice')).toBeGreaterThan(0)
    await cluster.close()
    await server.stop()
  })

  test('[P5] a way to it that swallows everything is begun anew', async () => {
    const server = await startRedis()
    const way = await openWay(server.port)
    const cluster = openRedisCluster({ url: `redis://127.0.0.1:${way.port}`, epoch: 'one', pace })
    await vi.waitFor(() => expect(cluster.isUp()).toBe(true), soon)
    way.swallow()
    await vi.waitFor(() => expect(cluster.isUp()).toBe(false), soon)
    // Those that are open stay mute for ever; new ones pass.
    await vi.waitFor(() => expect(cluster.isUp()).toBe(true), soon)
    await cluster.close()
    await way.close()
    await server.stop()
  })

  test('[P5] counts that must not wait are added up in the background', async () => {
    const server = await startRedis()
    const [a, b] = [1, 2].map(() => openRedisCluster({ url: server.url, epoch: 'one', pace }))
    if (a === undefined || b === undefined) throw new Error('two were opened')
    await vi.waitFor(() => expect([a.isUp(), b.isUp()]).toEqual([true, true]), soon)
    const rules = { name: 'send', points: 3, perMs: 60_000, isStrict: false }
    const [onA, onB] = [a.rates.counter(rules), b.rates.counter(rules)]
    for (let count = 0; count < 3; count += 1) expect(await onA.take('alice')).toBe(0)
    expect(await onA.take('alice')).toBeGreaterThan(0)
    // B lets one through before it knows, and none from then on.
    await vi.waitFor(async () => expect(await onB.take('alice')).toBeGreaterThan(0), soon)
    await Promise.all([a.close(), b.close()])
    await server.stop()
  })
})

/** A way to Redis whose open connections can be made to swallow what comes from it, without an end. */
async function openWay(port: number) {
  const pairs = new Set<{ near: Socket; far: Socket }>()
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const pair = { near, far }
    pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    for (const end of [near, far]) {
      end.on('error', () => undefined)
      end.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  return {
    port: (proxy.address() as AddressInfo).port,
    swallow() {
      for (const { near, far } of pairs) {
        far.unpipe(near)
        far.resume()
      }
    },
    close: () => {
      for (const { near, far } of pairs) for (const end of [near, far]) end.destroy()
      return new Promise((done) => proxy.close(done))
    },
  }
}
