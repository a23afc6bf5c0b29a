// Counters in this process: of a node alone, and of any node while the others cannot be asked.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Counter, CounterRules } from './port.ts'

export function memoryCounter({ name, points, perMs }: Omit<CounterRules, 'isStrict'>): Counter {
  const limiter = new RateLimiterMemory({ keyPrefix: name, points, duration: perMs / 1_000 })
  return {
    take: (key) => waitOf(limiter.consume(key)),
    takeFor: (key, ms) => waitOf(limiter.consume(key, 1, { customDuration: ms / 1_000 })),
    count: async (key) => (await limiter.penalty(key)).consumedPoints,
    taken: async (key) => (await limiter.get(key))?.consumedPoints ?? 0,
    giveBack: async (key) => void (await limiter.reward(key)),
    forget: async (key) => void (await limiter.delete(key)),
  }
}

/** How long a refusal asks to wait, at least 1 ms; 0 for none. */
export async function waitOf(taking: Promise<RateLimiterRes>): Promise<number> {
  try {
    await taking
    return 0
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext))
    throw refusal
  }
}
