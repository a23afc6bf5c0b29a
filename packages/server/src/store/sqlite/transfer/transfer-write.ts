// Records into a SQLite database that is no store yet (`port/transfer.ts`): a batch and the journal that knows of it are
// one transaction. A record that is there already is nothing; whether it is the same one is for the mover to compare.
import type { Database } from 'better-sqlite3'
import type { ConversationId } from '@palabre/protocol'
import type { MediaRow } from '../../port/media.ts'
import { plain, termsOf } from '../../port/names.ts'
import { mediaRow, TransferJournal, type TransferRecord, type TransferRecordOf } from '../../port/transfer.ts'
import { inviteColumns } from '../accounts/invite-rows.ts'
import { rankOf } from '../heads.ts'
import { digestsOfLog, keepDigests } from '../kept-digests.ts'
import { factsOf, weightOf } from '../media-rows.ts'
import { putErasure } from '../writes/erasures.ts'
import { putBan, putReport } from '../writes/reports.ts'
import { hopsColumn, listColumn, settingsColumn } from '../rows.ts'

export interface TransferWriter {
  /** Null: there is none. */
  journal(): TransferJournal | null
  begin(journal: TransferJournal): void
  write(records: readonly TransferRecord[], journal: TransferJournal): void
  /** From now on it is a store. */
  end(): void
}

const journalName = 'transfer'

export function sqliteTransferWriter(db: Database): TransferWriter {
  const selectMeta = db.prepare<[string], string>('SELECT value FROM meta WHERE name = ?').pluck()
  const putMeta = db.prepare<[string, string]>(
    'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  const put = createPuts(db)

  const write = db.transaction((records: readonly TransferRecord[], journal: TransferJournal) => {
    for (const record of records) put(record)
    putMeta.run(journalName, JSON.stringify(journal))
  })

  return {
    journal() {
      const text = selectMeta.get(journalName)
      return text === undefined ? null : TransferJournal.parse(JSON.parse(text))
    },
    begin: db.transaction((journal: TransferJournal) => {
      putMeta.run('epoch', journal.epoch)
      putMeta.run(journalName, JSON.stringify(journal))
    }),
    write(records, journal) {
      write.immediate(records, journal)
    },
    end() {
      db.prepare('DELETE FROM meta WHERE name = ?').run(journalName)
    },
  }
}

function createPuts(db: Database): (record: TransferRecord) => void {
  const insert = (table: string, columns: string) =>
    db.prepare<unknown[]>(
      `INSERT INTO ${table} (${columns}) VALUES (${columns.replaceAll(/[a-z_]+/gu, '?')}) ON CONFLICT DO NOTHING`,
    )
  const insertUser = insert(
    'users',
    'id, username, skeleton, display_name, sort_name, about, avatar_id, rev, password_hash, created_at, role, invited_by, suspended_at',
  )
  const insertTerm = insert('user_terms', 'term, user_id')
  const insertSeen = insert('last_seen', 'user_id, at')
  const insertSession = insert(
    'sessions',
    `id, user_id, device_name, created_at, last_used_at, generation, rotated_at, is_confirmed, salt, push,
     push_endpoint, place, proved_at`,
  )
  const insertInvite = insert('invites', inviteColumns)
  const insertCredentials = insert('credentials', 'user_id, rev, value')
  const insertAudit = insert('audit', 'id, at, actor_id, act, subject_id, details')
  const insertAccount = insert('account', 'user_id, key, rev, value')
  const insertMedia = insert('media', 'id, owner_id, state, bytes, touched_at, blob_id, thumb_id, facts')
  const insertBlob = insert('blobs', 'id, reserved_at, is_condemned')
  const insertErasure = putErasure(db)
  const insertReport = putReport(db)
  const insertBan = putBan(db)
  const insertConversation = insert(
    'conversations',
    `id, kind, pair, title, description, avatar_id, settings, created_by, created_at, rev, last_seq, members_rev, member_count,
     active_at`,
  )
  const insertMember = insert(
    'members',
    'conversation, user_id, role, joined_at, joined_seq, joined_rev, delivered_seq, read_seq',
  )
  const insertMessage = insert(
    'messages',
    `conversation, seq, first_rev, rev, body_rev, id, sender_id, kind, body, reply_to, mentions, reactions, created_at,
     sent_at, edited_at, deleted_at, pinned_at, expires_at, forwarded, changes, hash`,
  )
  const insertOperation = insert('operations', 'user_id, op_id, conversation, seq')
  const selectHead = db
    .prepare<[ConversationId], [number, number]>('SELECT key, last_seq FROM conversations WHERE id = ?')
    .raw()
  /** The conversation that records are about just now. */
  let at: { id: ConversationId; key: number; lastSeq: number } | null = null

  function headOf(id: ConversationId): { key: number; lastSeq: number } {
    if (at?.id === id) return at
    const row = selectHead.get(id)
    if (row === undefined) throw new Error(`a record belongs to a conversation that is not there: ${id}`)
    at = { id, key: row[0], lastSeq: row[1] }
    return at
  }

  function putUser(user: TransferRecordOf<'user'>): void {
    const { id, username, displayName } = user
    insertUser.run(
      id,
      username,
      user.skeleton,
      displayName,
      plain(displayName),
      user.about,
      user.avatarId,
      user.rev,
      user.passwordHash,
      user.createdAt,
      user.role ?? 'member',
      user.invitedBy ?? null,
      user.suspendedAt ?? null,
    )
    for (const term of termsOf(username, displayName)) insertTerm.run(term, id)
  }

  function putMedia(row: MediaRow): void {
    const { id, ownerId, state, touchedAt, found } = row
    const [blobId, thumbId] = [found?.blobId ?? null, found?.thumbId ?? null]
    insertMedia.run(id, ownerId, state, weightOf(row), touchedAt, blobId, thumbId, factsOf(row))
    for (const blob of [blobId, thumbId]) if (blob !== null) insertBlob.run(blob, touchedAt, 0)
  }

  function putMessage(message: TransferRecordOf<'message'>): void {
    const { key } = headOf(message.conversationId)
    insertMessage.run(
      key,
      message.seq,
      message.firstRev,
      message.rev,
      message.bodyRev,
      message.id,
      message.senderId,
      message.kind,
      JSON.stringify(message.body),
      message.replyTo,
      listColumn(message.mentions),
      listColumn(message.reactions),
      message.createdAt,
      message.sentAt,
      message.editedAt,
      message.deletedAt,
      message.pinnedAt,
      message.expiresAt,
      hopsColumn(message),
      message.changes,
      message.hash,
    )
    for (const { userId, opId } of message.operations) insertOperation.run(userId, opId, key, message.seq)
  }

  function putMembers({ conversationId, members }: TransferRecordOf<'members'>): void {
    const { key, lastSeq } = headOf(conversationId)
    for (const { userId, role, joinedAt, joinedSeq, joinedRev, deliveredSeq, readSeq } of members)
      insertMember.run(key, userId, rankOf(role), joinedAt, joinedSeq, joinedRev, deliveredSeq, readSeq)
    // Its messages are all there.
    keepDigests(db, key, digestsOfLog(db, key, lastSeq))
  }

  return (record) => {
    switch (record.type) {
      case 'user':
        putUser(record)
        return
      case 'seen':
        insertSeen.run(record.userId, record.at)
        return
      case 'session':
        insertSession.run(
          record.id,
          record.userId,
          record.deviceName,
          record.createdAt,
          record.lastUsedAt,
          record.generation,
          record.rotatedAt,
          record.isConfirmed ? 1 : 0,
          record.salt,
          record.push === null ? null : JSON.stringify(record.push),
          record.push?.endpoint ?? null,
          record.place ?? '',
          record.provedAt ?? 0,
        )
        return
      case 'account':
        insertAccount.run(
          record.userId,
          record.key,
          record.rev,
          record.value === null ? null : JSON.stringify(record.value),
        )
        return
      case 'media':
        putMedia(mediaRow(record))
        return
      case 'invite':
        insertInvite.run(
          record.id,
          record.codeHash,
          record.role,
          record.inviterId,
          record.uses,
          record.usesLeft,
          record.createdAt,
          record.expiresAt,
          record.revokedAt,
        )
        return
      case 'credentials':
        insertCredentials.run(record.userId, record.rev, record.value)
        return
      case 'audit': {
        const { id, at, actorId, act, subjectId, details } = record
        insertAudit.run(id, at, actorId, act, subjectId, JSON.stringify(details))
        return
      }
      case 'erasure': {
        const { type: _, ...row } = record
        insertErasure(row)
        return
      }
      case 'report': {
        const { type: _, ...row } = record
        insertReport(row)
        return
      }
      case 'ban':
        insertBan(record.blobId, record.at)
        return
      case 'conversation':
        insertConversation.run(
          record.id,
          record.kind,
          record.pair?.join(' ') ?? null,
          record.title,
          record.description,
          record.avatarId,
          settingsColumn(record.settings ?? {}),
          record.createdBy,
          record.createdAt,
          record.rev,
          record.lastSeq,
          record.membersRev,
          record.memberCount,
          record.activeAt,
        )
        return
      case 'message':
        putMessage(record)
        return
      case 'members':
        putMembers(record)
    }
  }
}
