// The record of sensitive acts (ACC-4): it only grows. Nothing here takes an entry back or changes one.
import type { AuditEntry } from '@palabre/protocol'

export interface AuditStore {
  append(entry: AuditEntry): Promise<void>
  /** The latest first; `before`: those that are older than that entry. */
  list(input: { before: string | null; limit: number }): Promise<AuditEntry[]>
}
