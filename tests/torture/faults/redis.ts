// What is done to Redis and the links to it. None of it may cost a message: Redis is a hint (P5).
import type { Breakers, Breaking } from './breaking.ts'

const slowestMs = 400

export function redisFaults({ world, pause }: Breaking): Breakers {
  const { redis, links } = world.servers

  return {
    async redisRestarted() {
      await redis?.kill()
      await redis?.start()
    },
    async redisAway({ lastsMs }) {
      await redis?.stop()
      await pause(lastsMs)
      await redis?.start()
    },
    async redisSlow({ lastsMs, which }) {
      for (const { toRedis } of links) toRedis.slow(Math.ceil(slowestMs * which))
      await pause(lastsMs)
      for (const { toRedis } of links) toRedis.heal()
    },
    async redisCut({ lastsMs, which }) {
      const link = links[Math.floor(which * links.length)]?.toRedis
      // Half of the time nobody is told: what is said to Redis, and by it, is only lost.
      if (which * links.length - Math.floor(which * links.length) < 0.5) link?.cut()
      else link?.stall()
      await pause(lastsMs)
      link?.heal()
    },
  }
}
