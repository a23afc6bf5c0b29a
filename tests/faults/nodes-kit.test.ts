// The parts that several nodes are tested with, by themselves: the balancer finds who is ready and keeps a long-polling
// device where it began.
import { expect, test } from 'vitest'
import { startBalancer } from '../kit/links/balancer.ts'
import { startRedis } from '../kit/redis.ts'
import { freePort, spawnServer } from '../kit/server.ts'

test('a balancer sends to who is ready: not to the dead, not to the barred, again to who is back', async () => {
  const servers = await Promise.all([spawnServer('sqlite'), spawnServer('sqlite')])
  const [one, other] = servers
  const nodes = servers.map(({ port }, n) => ({ name: `node${n + 1}`, port }))
  const balancer = await startBalancer(await freePort(), nodes)
  try {
    await one.kill()
    await balancer.serves('node2')
    expect((await fetch(`${balancer.url}/healthz`)).ok).toBe(true)
    await one.restart()
    await balancer.serves('node1', 'node2')
    await balancer.bar('node2')
    await other.kill()
    expect((await fetch(`${balancer.url}/healthz`)).ok).toBe(true)
    await other.restart()
    await balancer.restore('node2')
    await balancer.serves('node1', 'node2')
  } finally {
    await balancer.close()
    await Promise.all(servers.map((server) => server.stop()))
  }
})

test('a Redis comes back on its port with nothing in it', async () => {
  const redis = await startRedis()
  try {
    expect(redis.isUp()).toBe(true)
    await redis.kill()
    expect(redis.isUp()).toBe(false)
    await redis.start()
    await redis.start()
    expect(redis.isUp()).toBe(true)
  } finally {
    await redis.close()
  }
})
