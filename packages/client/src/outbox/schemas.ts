// What the table of operations says of an entry. It brings all schemas with it: loaded on demand (`check.ts`).
import { operations } from '@palabre/protocol'
import type { OutboxOperation } from '../cache/port.ts'

/** Why the server would refuse it; null when it would not. */
export function issueOf(operation: OutboxOperation): Error | null {
  const input = operation.name === 'editMessage' ? { ...operation.input, bodyRev: 1 } : operation.input
  return operations[operation.name].input.safeParse(input).error ?? null
}
