// Writes down what operators do, and what is done to an account (ACC-4): ids and small facts, never what people wrote.
// After the deed, so that nothing is recorded that did not happen.
import { v7 as uuidv7 } from 'uuid'
import type { AuditAct, AuditEntry, UserId } from '@palabre/protocol'
import type { Store } from '../store/port/store.ts'

export interface Deed {
  act: AuditAct
  /** Whom it concerns. */
  subjectId?: UserId | null
  details?: AuditEntry['details']
}

/** `actorId`: null for the command line. */
export function record(
  { store, now, userId: actorId }: { store: Pick<Store, 'audit'>; now(): number; userId: UserId | null },
  { act, subjectId = null, details = {} }: Deed,
): Promise<void> {
  return store.audit.append({ id: uuidv7(), at: now(), actorId, act, subjectId, details })
}
