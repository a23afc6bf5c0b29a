// The record of sensitive acts over SQLite.
import type { AuditEntry, UserId } from '@palabre/protocol'
import type { AuditStore } from '../../port/audit.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'

export type AuditColumns = [string, number, UserId | null, string, UserId | null, string]
export const auditColumns = 'id, at, actor_id, act, subject_id, details'

export function sqliteAudit(reader: Pick<Reader, 'db'>, writer: Pick<Writer, 'write'>): AuditStore {
  const select = reader.db
    .prepare<[string, number], AuditColumns>(
      `SELECT ${auditColumns} FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`,
    )
    .raw()

  return {
    append: (entry) => writer.write('appendAudit', entry),
    async list({ before, limit }) {
      return select.all(before ?? '~', limit).map(auditFrom)
    },
  }
}

export function auditFrom([id, at, actorId, act, subjectId, details]: AuditColumns): AuditEntry {
  return { id, at, actorId, act, subjectId, details: JSON.parse(details) as AuditEntry['details'] }
}
