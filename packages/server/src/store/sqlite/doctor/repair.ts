// Makes again what follows from what is intact: indexes, headers and members from the log, marks within their
// bounds, names from profiles; and takes away rows that nobody can reach. One transaction: all of it or nothing.
// The log itself is never touched. What devices may have believed of a wrong header begins a new epoch (SYNC-7),
// because numbers may be used again.
import type { Database } from 'better-sqlite3'
import type { UserId } from '@palabre/protocol'
import { clipMarks, examineConversation, type Derived } from '../../port/examine.ts'
import { beginEpoch } from '../facts.ts'
import { rankOf } from '../heads.ts'
import { repairNames } from './names.ts'
import { conversationRows, type KeyedConversation } from './rows.ts'
import { removeOrphans, schemaFaults, structureFaults } from './tables.ts'

/** Answers each thing that was done. */
export function repairDatabase(db: Database): string[] {
  return db
    .transaction(() => {
      const done = [...repairIndexes(db), ...removeOrphans(db), ...repairNames(db)]
      const ofConversations = repairConversations(db)
      if (ofConversations.length === 0) return done
      beginEpoch(db)
      return [
        ...done,
        ...ofConversations,
        'the store: began a new epoch, so that every device loads it afresh; everybody signs in again',
      ]
    })
    .immediate()
}

function repairIndexes(db: Database): string[] {
  const done: string[] = []
  for (const { where, missing } of schemaFaults(db)) {
    if (missing === null) continue
    db.exec(missing)
    done.push(`${where}: made again`)
  }
  if (structureFaults(db).some((fault) => fault.canRepair)) {
    db.exec('REINDEX')
    done.push('the database: made all indexes again')
  }
  return done
}

function repairConversations(db: Database): string[] {
  const rows = conversationRows(db)
  const put = putsFor(db)
  const done: string[] = []
  for (const key of rows.keys()) {
    const held = rows.one(key)
    if (held === null) continue
    const { findings, derived } = examineConversation(held, rows.log(key))
    if (derived === null || !findings.some((finding) => finding.canRepair)) continue
    put.header(key, derived)
    put.members(held, derived)
    const what = findings.filter((finding) => finding.canRepair).map((finding) => finding.says)
    done.push(`conversation ${held.id}: set right by its log (${what.join('; ')})`)
  }
  return done
}

function putsFor(db: Database) {
  const updateHeader = db.prepare<[string | null, string, number, number, number, number, number, number]>(
    `UPDATE conversations SET title = ?, description = ?, rev = ?, last_seq = ?, members_rev = ?, member_count = ?,
       active_at = ? WHERE key = ?`,
  )
  const deleteMember = db.prepare<[number, UserId]>(
    'DELETE FROM members WHERE conversation = ? AND user_id = ?',
  )
  // Someone whose account is not there cannot be put back: that stays to be told.
  const putMember = db.prepare<[number, number, number, number, number, number, number, UserId]>(
    `INSERT INTO members (conversation, user_id, role, joined_at, joined_seq, joined_rev, delivered_seq, read_seq)
     SELECT ?, id, ?, ?, ?, ?, ?, ? FROM users WHERE id = ?
     ON CONFLICT (conversation, user_id) DO UPDATE SET role = excluded.role, joined_at = excluded.joined_at,
       joined_seq = excluded.joined_seq, joined_rev = excluded.joined_rev, delivered_seq = excluded.delivered_seq,
       read_seq = excluded.read_seq`,
  )

  return {
    header(key: number, { header }: Derived): void {
      const { title, description, rev, lastSeq, membersRev, memberCount, activeAt } = header
      updateHeader.run(title, description, rev, lastSeq, membersRev, memberCount, activeAt, key)
    },
    members(held: KeyedConversation, { header, members }: Derived): void {
      for (const userId of held.members.keys()) {
        if (!members.has(userId)) deleteMember.run(held.key, userId)
      }
      for (const [userId, { role, joinedAt, joinedSeq, joinedRev }] of members) {
        const before = held.members.get(userId) ?? { deliveredSeq: joinedSeq, readSeq: joinedSeq }
        const { deliveredSeq, readSeq } = clipMarks(before, joinedSeq, header.lastSeq)
        const rank = rankOf(role)
        putMember.run(held.key, rank, joinedAt, joinedSeq, joinedRev, deliveredSeq, readSeq, userId)
      }
    },
  }
}
