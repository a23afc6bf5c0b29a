// The doctor of a copy: what its records must be to each other, as they stand in the file, without a database. Digests,
// and what people are found by, are not in a copy: a restore makes them.
import { setImmediate } from 'node:timers/promises'
import { MessageBody, type UserId } from '@palabre/protocol'
import {
  blobsNamedBy,
  createReport,
  type Doctor,
  type ExamineOptions,
  type NamedBlob,
  type Report,
} from '../../port/doctor.ts'
import { beginExamination, type Examining, type HeldMember } from '../../port/examine.ts'
import type { TransferRecordOf } from '../../port/transfer.ts'
import { factsOfCopy, readCopy } from './file.ts'
import { namedIn } from './take.ts'

/** Records between two looks at whether to go on. */
const recordsAtOnce = 1_000

/** @throws when it is no copy of ours */
export function openCopyDoctor(file: string): Doctor {
  factsOfCopy(file)
  return {
    examine: (options) => examineCopy(file, options),
    blobs: () => namedBlobs(file),
    close: () => undefined,
  }
}

async function* namedBlobs(file: string): AsyncIterable<NamedBlob> {
  for await (const record of readCopy(file)) if (record.type === 'media') yield* blobsNamedBy(record)
}

async function examineCopy(file: string, { signal, onProgress }: ExamineOptions = {}): Promise<Report> {
  const { report, note } = createReport()
  const { counts } = factsOfCopy(file)
  const users = new Set<UserId>()
  let current: { header: TransferRecordOf<'conversation'>; examining: Examining } | null = null
  let records = 0

  for await (const record of readCopy(file)) {
    records += 1
    if (records % recordsAtOnce === 0) {
      await setImmediate()
      signal?.throwIfAborted()
    }
    for (const userId of namedIn(record)) {
      if (users.has(userId)) continue
      const says = `it names user ${userId}, who is not there`
      note({ check: 'orphans', where: whereOf(record), says, canRepair: false })
    }
    if (record.type === 'user') {
      report.looked.users += 1
      users.add(record.id)
    } else if (record.type === 'conversation') {
      current = { header: record, examining: beginExamination(record.kind) }
    } else if (record.type === 'message') {
      report.looked.messages += 1
      if (current?.header.id === record.conversationId) current.examining.take(rowFrom(record))
      else stray(`message ${record.id}`)
    } else if (record.type === 'members') {
      if (current?.header.id !== record.conversationId) stray(`members of ${record.conversationId}`)
      else {
        const { header, examining } = current
        const members = new Map<UserId, HeldMember>(record.members.map((member) => [member.userId, member]))
        const { findings } = examining.end({
          id: header.id,
          kind: header.kind,
          header,
          members,
          digests: null,
        })
        for (const finding of findings) note({ ...finding, where: `conversation ${header.id}` })
        report.looked.conversations += 1
        onProgress?.(report.looked.conversations, counts.conversations)
        current = null
      }
    }
  }
  return report

  function stray(where: string): void {
    note({ check: 'orphans', where, says: 'it stands at no conversation', canRepair: false })
  }
}

function whereOf(record: Parameters<typeof namedIn>[0]): string {
  if (record.type === 'message') return `message ${record.id}`
  if (record.type === 'members') return `members of conversation ${record.conversationId}`
  if (record.type === 'conversation') return `conversation ${record.id}`
  return `a record of type ${record.type}`
}

function rowFrom(record: TransferRecordOf<'message'>) {
  const { seq, id, firstRev, rev, bodyRev, changes, senderId, createdAt, kind, body } = record
  const isReadable = typeof body === 'object' && body !== null && kind in MessageBody
  const system = kind === 'system' ? JSON.stringify(body) : null
  return { seq, id, firstRev, rev, bodyRev, changes, senderId, createdAt, system, isReadable }
}
