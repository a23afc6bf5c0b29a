// Counters that all nodes share (SECURITY §4.6). Where an answer is slow anyway the nodes count together, and each for
// itself when Redis does not answer: they fail to local, not open. Where it must be at once (a message waits for nobody)
// this node's own count answers, what was counted is added up in Redis a moment later, and a key that has used up its
// points elsewhere is refused here from then on.
import { hash } from 'node:crypto'
import type { RedisClientType } from 'redis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { memoryCounter, waitOf } from './memory-rates.ts'
import type { Cluster, Counter, CounterRules } from './port.ts'
import { inTime, type RedisLink } from './redis-link.ts'

const keyPrefix = 'palabre:rate'
/** Redis answers within a millisecond or two, or is asked in vain. */
const answerMs = 250
/** What was counted is added up this often. */
const gatherMs = 50

export function createRedisRates(link: RedisLink): Cluster['rates'] & { close(): void } {
  const stops: (() => void)[] = []
  return {
    counter(rules) {
      const storeClient = sender(link)
      const shared = new RateLimiterRedis({
        storeClient,
        useRedisPackage: true,
        keyPrefix: `${keyPrefix}:${rules.name}`,
        points: rules.points,
        duration: rules.perMs / 1_000,
      })
      if (rules.isStrict) return strict(link, rules, shared)
      const eager = createEager(link, rules, shared)
      stops.push(eager.stop)
      return eager.counter
    },
    close() {
      for (const stop of stops) stop()
    },
  }
}

/** What the limiter needs of a client, on whatever connection there is now. */
function sender(link: RedisLink) {
  const now = (): RedisClientType => {
    const client = link.commands()
    if (client === null) throw new Error('Redis is away')
    return client
  }
  return {
    eval: (...given: Parameters<RedisClientType['eval']>) => now().eval(...given),
    multi: () => now().multi(),
    del: (key: string) => now().del(key),
  }
}

/** What is kept in Redis names nobody. */
function nameOf(key: string): string {
  return hash('sha256', key, 'base64url').slice(0, 22)
}

function strict(link: RedisLink, rules: CounterRules, shared: RateLimiterRedis): Counter {
  const local = memoryCounter(rules)

  async function ask<T>(together: () => Promise<T>, alone: () => Promise<T>): Promise<T> {
    if (!link.isUp()) return alone()
    try {
      return await inTime(together(), answerMs)
    } catch {
      return alone()
    }
  }
  return {
    take: (key) =>
      ask(
        () => waitOf(shared.consume(nameOf(key))),
        () => local.take(key),
      ),
    takeFor: (key, ms) =>
      ask(
        // Redis keeps whole seconds here; a shorter wait is rounded up.
        () => waitOf(shared.consume(nameOf(key), 1, { customDuration: Math.ceil(ms / 1_000) })),
        () => local.takeFor(key, ms),
      ),
    count: (key) =>
      ask(
        async () => (await shared.penalty(nameOf(key))).consumedPoints,
        () => local.count(key),
      ),
    taken: (key) =>
      ask(
        async () => (await shared.get(nameOf(key)))?.consumedPoints ?? 0,
        () => local.taken(key),
      ),
    giveBack: (key) =>
      ask(
        async () => void (await shared.reward(nameOf(key))),
        () => local.giveBack(key),
      ),
    async forget(key) {
      await local.forget(key)
      await ask(
        async () => void (await shared.delete(nameOf(key))),
        () => Promise.resolve(),
      )
    },
  }
}

function createEager(link: RedisLink, rules: CounterRules, shared: RateLimiterRedis) {
  const local = memoryCounter(rules)
  /** Keys that are used up over all nodes, and until when. */
  const refusedUntil = new Map<string, number>()
  const waiting = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  function addUp() {
    timer = undefined
    const all = [...waiting]
    waiting.clear()
    const now = performance.now()
    for (const [key, at] of refusedUntil) if (at <= now) refusedUntil.delete(key)
    if (!link.isUp()) return
    for (const [key, points] of all) {
      shared.consume(nameOf(key), points).catch((refusal: unknown) => {
        if (refusal instanceof RateLimiterRes) refusedUntil.set(key, performance.now() + refusal.msBeforeNext)
      })
    }
  }

  function gather(key: string) {
    waiting.set(key, (waiting.get(key) ?? 0) + 1)
    if (timer !== undefined) return
    timer = setTimeout(addUp, gatherMs)
    timer.unref()
  }

  const counter: Counter = {
    ...local,
    async take(key) {
      const waitMs = (refusedUntil.get(key) ?? 0) - performance.now()
      if (waitMs > 0) return Math.ceil(waitMs)
      const localWaitMs = await local.take(key)
      if (localWaitMs === 0) gather(key)
      return localWaitMs
    },
  }
  return { counter, stop: () => clearTimeout(timer) }
}
