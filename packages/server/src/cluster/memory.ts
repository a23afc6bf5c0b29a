// The cluster of a node that hears no other: it is alone, or shares a store with nodes without a bus between them. In
// tests, several nodes of one process hear each other through a hub.
import type { Clock } from './clock.ts'
import type { Link } from './link.ts'
import { memoryCounter } from './memory-rates.ts'
import { createNodes, type NodesParts } from './nodes.ts'
import type { Cluster } from './port.ts'

export interface MemoryClusterOptions extends Omit<Partial<NodesParts>, 'clock' | 'graceMs'> {
  /** Of a hub (`link.ts`). */
  link?: Link | null
}

/** @param graceMs how long a user stays online after their last socket left */
export function createMemoryCluster(
  clock?: Clock,
  graceMs?: number,
  options: MemoryClusterOptions = {},
): Cluster {
  return createNodes({
    link: null,
    isShared: false,
    epoch: '',
    rates: { counter: memoryCounter },
    ...options,
    ...(clock && { clock }),
    ...(graceMs !== undefined && { graceMs }),
  })
}
