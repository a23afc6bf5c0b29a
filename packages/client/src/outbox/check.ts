// Refuses before it is queued what the server would refuse anyway. The schemas come with the first thing written:
// reading needs none. Where they cannot be had now nothing is refused here; the server says what is wrong.
import { PalabreError } from '@palabre/protocol'
import type { OutboxOperation } from '../cache/port.ts'

type Schemas = typeof import('./schemas.ts')

let loading: Promise<Schemas | null> | null = null

/** One promise for all who wait: they go on in the order in which they asked. */
function load(): Promise<Schemas | null> {
  loading ??= import('./schemas.ts').catch(() => {
    loading = null
    return null
  })
  return loading
}

/** Answers in the order in which it is asked. @throws INVALID */
export async function checked(operation: OutboxOperation): Promise<OutboxOperation> {
  const schemas = await load()
  const issue = schemas?.issueOf(operation) ?? null
  if (issue !== null) throw new PalabreError('INVALID', { cause: issue })
  return operation
}
