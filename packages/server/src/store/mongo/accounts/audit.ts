// The record of sensitive acts over MongoDB. Only ever inserted into.
import type { Collection, Db } from 'mongodb'
import type { AuditEntry } from '@palabre/protocol'
import type { AuditStore } from '../../port/audit.ts'

/** Ids are made in the order of time. `details`: JSON. */
export type AuditDocument = Omit<AuditEntry, 'id' | 'details'> & { _id: string; details: string }

export function auditOf(db: Db): Collection<AuditDocument> {
  return db.collection<AuditDocument>('audit')
}

export function mongoAudit(db: Db): AuditStore {
  return {
    async append(entry) {
      await auditOf(db).insertOne(auditDocument(entry))
    },
    async list({ before, limit }) {
      const found = await auditOf(db)
        .find({ _id: { $lt: before ?? '~' } })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(auditFrom)
    },
  }
}

export function auditDocument({ id, details, ...entry }: AuditEntry): AuditDocument {
  return { _id: id, ...entry, details: JSON.stringify(details) }
}

export function auditFrom({ _id, details, at, actorId, act, subjectId }: AuditDocument): AuditEntry {
  return { id: _id, at, actorId, act, subjectId, details: JSON.parse(details) as AuditEntry['details'] }
}
