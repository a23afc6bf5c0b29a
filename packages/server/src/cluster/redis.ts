// The cluster of nodes that share a Redis: its words go through `redis-link.ts`, its counts through `redis-rates.ts`.
// Nothing else is kept in Redis; it may be emptied or replaced at any time.
import { createNodes, type NodesParts } from './nodes.ts'
import type { Cluster, SocketAdapter } from './port.ts'
import { createRedisLink, type RedisOptions } from './redis-link.ts'
import { createRedisRates } from './redis-rates.ts'
import { createAdapter } from './socket-adapter.ts'

export type RedisClusterParts = RedisOptions & Pick<NodesParts, 'epoch' | 'graceMs' | 'pace' | 'observer'>

export interface RedisCluster extends Cluster {
  /** For Socket.IO: rooms that reach over nodes. */
  readonly socketAdapter: SocketAdapter
  /** Resolves when the rooms joined so far are heard, or after a while. */
  settled(withinMs: number): Promise<void>
}

/** Answers at once, whether or not Redis does; what it cannot say or hear is caught up with when it can. */
export function openRedisCluster(parts: RedisClusterParts): RedisCluster {
  const link = createRedisLink(parts)
  const rates = createRedisRates(link)
  const nodes = createNodes({ ...parts, link, isShared: true, rates })
  return {
    ...nodes,
    socketAdapter: createAdapter(link),
    settled: (withinMs) => link.settled(withinMs),
    async close() {
      rates.close()
      await nodes.close()
    },
  }
}
