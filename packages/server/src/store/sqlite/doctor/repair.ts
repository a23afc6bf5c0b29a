// Makes again what follows from what is intact: indexes, headers, members and digests from the log, marks within their
// bounds, names from profiles; and takes away rows that nobody can reach. One transaction: all of it or nothing.
// The log itself is never touched. What devices may have believed of a wrong header begins a new epoch (SYNC-7),
// because numbers may be used again.
import type { Database } from 'better-sqlite3'
import type { UserId } from '@palabre/protocol'
import { clipMarks, examineConversation, type Derived } from '../../port/examine.ts'
import { beginEpoch } from '../facts.ts'
import { rankOf } from '../heads.ts'
import { keepDigests } from '../kept-digests.ts'
import { repairNames } from './names.ts'
import { clearSearchIndex } from '../search/search-index.ts'
import { conversationRows, type KeyedConversation } from './rows.ts'
import { removeOrphans, schemaFaults, structureFaults } from './tables.ts'

/** Answers each thing that was done. */
export function repairDatabase(db: Database): string[] {
  return db
    .transaction(() => {
      const done = [...repairIndexes(db), ...removeOrphans(db), ...repairNames(db)]
      const ofConversations = repairConversations(db)
      done.push(...ofConversations.done)
      // It follows from the log, and is filled again behind it: nobody has to ask what of it was wrong.
      if (done.length > 0) clearSearchIndex(db)
      if (!ofConversations.wereBelieved) return done
      beginEpoch(db)
      done.push(
        'the store: began a new epoch, so that every device loads it afresh; everybody signs in again',
      )
      return done
    })
    .immediate()
}

function repairIndexes(db: Database): string[] {
  const done: string[] = []
  for (const { where, missing } of schemaFaults(db)) {
    if (missing === null) continue
    try {
      db.transaction(() => db.exec(missing))()
      done.push(`${where}: made again`)
    } catch {
      // Rows are there twice that it does not allow: the doctor tells of both again.
    }
  }
  if (structureFaults(db).some((fault) => fault.canRepair)) {
    db.exec('REINDEX')
    done.push('the database: made all indexes again')
  }
  return done
}

/** `wereBelieved`: devices may hold what was wrong. Of a wrong digest they know by themselves (DIG-1). */
function repairConversations(db: Database): { done: string[]; wereBelieved: boolean } {
  const rows = conversationRows(db)
  const put = putsFor(db)
  const done: string[] = []
  let wereBelieved = false
  for (const key of rows.keys()) {
    const held = rows.one(key)
    if (held === null) continue
    const { findings, derived } = examineConversation(held, rows.log(key))
    const repairable = findings.filter((finding) => finding.canRepair)
    if (derived === null || repairable.length === 0) continue
    put.conversation(held, derived)
    wereBelieved ||= repairable.some(({ check }) => check !== 'digests')
    const what = repairable.map(({ says }) => says).join('; ')
    done.push(`conversation ${held.id}: set right by its log (${what})`)
  }
  return { done, wereBelieved }
}

function putsFor(db: Database) {
  const updateNumbers = db.prepare<[number, number, number, number]>(
    'UPDATE conversations SET rev = ?, last_seq = ?, active_at = ? WHERE key = ?',
  )
  const updateHeader = db.prepare<[string | null, string, number, number, number]>(
    'UPDATE conversations SET title = ?, description = ?, members_rev = ?, member_count = ? WHERE key = ?',
  )
  const updateMarks = db.prepare<[number, number, number, UserId]>(
    'UPDATE members SET delivered_seq = ?, read_seq = ? WHERE conversation = ? AND user_id = ?',
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

  function system({ key, members: held }: KeyedConversation, { header, members }: Derived): void {
    updateHeader.run(header.title, header.description, header.membersRev, header.memberCount, key)
    for (const userId of held.keys()) {
      if (!members.has(userId)) deleteMember.run(key, userId)
    }
    for (const [userId, { role, joinedAt, joinedSeq, joinedRev }] of members) {
      const before = held.get(userId) ?? { deliveredSeq: joinedSeq, readSeq: joinedSeq }
      const { deliveredSeq, readSeq } = clipMarks(before, joinedSeq, header.lastSeq)
      putMember.run(key, rankOf(role), joinedAt, joinedSeq, joinedRev, deliveredSeq, readSeq, userId)
    }
  }

  function numbers({ key, members: held }: KeyedConversation, { header, digests }: Derived): void {
    updateNumbers.run(header.rev, header.lastSeq, header.activeAt, key)
    keepDigests(db, key, digests)
    for (const member of held.values()) {
      const { deliveredSeq, readSeq } = clipMarks(member, member.joinedSeq, header.lastSeq)
      updateMarks.run(deliveredSeq, readSeq, key, member.userId)
    }
  }

  return {
    conversation(held: KeyedConversation, derived: Derived): void {
      if (derived.areNumbersSure) numbers(held, derived)
      if (derived.isSystemSure) system(held, derived)
    },
  }
}
