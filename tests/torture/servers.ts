// What a run breaks on the side of the server: the nodes, what they stand on, and the truth, read from outside. What can
// be done to it depends on what it is made of; null where there is no such part.
import type { Network } from '../kit/links/network.ts'
import type { TestRedis } from '../kit/redis.ts'
import type { Truth } from './history.ts'
import type { Node } from './node.ts'

export interface Servers {
  readonly nodes: readonly Node[]
  /** Where people reach it: the balancer, or the only node. */
  readonly url: string
  readonly port: number
  /** Resolves when people are sent to every node. */
  served(): Promise<void>
  /** Everything that is stored. `presence`: how people are, where somebody knows. */
  truth(presence?: Truth['presence']): Promise<Truth>
  readonly disk: Disk | null
  readonly backups: Backups | null
  readonly redis: TestRedis | null
  /** Of each node in its order, to the store and to Redis; empty where there is nothing between them. */
  readonly links: readonly NodeLinks[]
  stop(): Promise<void>
}

export interface NodeLinks {
  readonly toStore: Network
  readonly toRedis: Network
}

export interface Disk {
  /** No file that the server writes can grow, as on a full disk; answers how it is undone. */
  fill(): Promise<() => Promise<void>>
  /** Nothing that it writes is taken at all; answers how it is undone. */
  refuse(): Promise<() => Promise<void>>
}

export interface Backups {
  /** `palabre backup`, while it runs; answers `palabre restore`, for when it is down. */
  take(): Promise<() => Promise<void>>
}

/** Short, so that tokens run out many times in a run. */
export const tokenSeconds = 20
