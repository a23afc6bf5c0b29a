// A SQLite store as a stream of records (`port/transfer.ts`), on a connection that nobody writes to meanwhile: row by row,
// from wherever it is told to, without holding more than a batch.
import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { AccountRole, ConversationId, OpId, PushTarget, SessionId, UserId } from '@palabre/protocol'
import type { BlobId } from '../../../blobs/port.ts'
import type { ErasureRow } from '../../port/erasures.ts'
import {
  inBatches,
  mediaRecord,
  noCounts,
  type ReadOptions,
  type TransferPlace,
  type TransferReading,
  type TransferRecord,
} from '../../port/transfer.ts'
import { auditColumns, auditFrom, type AuditColumns } from '../accounts/audit.ts'
import { inviteColumns, inviteFrom, type InviteColumns } from '../accounts/invite-rows.ts'
import { reportFrom } from '../accounts/report-rows.ts'
import { factsOf } from '../facts.ts'
import { roleFrom } from '../heads.ts'
import { mediaColumns, mediaFrom, type MediaColumns } from '../media-rows.ts'
import {
  headerFrom,
  json,
  messageFrom,
  type ConversationRow,
  type MessageRow,
  type Operation,
} from './transfer-rows.ts'

type UserRow = [
  UserId,
  string,
  string,
  string,
  string,
  string | null,
  number,
  string,
  number,
  AccountRole,
  UserId | null,
  number | null,
]
type SessionRow = [
  SessionId,
  UserId,
  string,
  number,
  number,
  number,
  number,
  number,
  string,
  string | null,
  string,
  number,
]
type AccountRow = [UserId, string, number, string | null]
type MemberRow = [UserId, number, number, number, number, number, number]
type OperationRow = [conversationId: ConversationId, seq: number, userId: UserId, opId: OpId]

/** The order of the stream; messages and members come with their conversation. */
const parts = [
  'user',
  'seen',
  'session',
  'account',
  'media',
  'audit',
  'erasure',
  'invite',
  'credentials',
  'report',
  'ban',
  'conversation',
] as const

export function sqliteReading(db: Database): TransferReading {
  const rows = statements(db)

  function* users(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const row of rows.users.iterate(after?.type === 'user' ? after.id : ''))
      yield {
        type: 'user',
        id: row[0],
        username: row[1],
        skeleton: row[2],
        displayName: row[3],
        about: row[4],
        avatarId: row[5],
        rev: row[6],
        passwordHash: row[7],
        createdAt: row[8],
        role: row[9],
        invitedBy: row[10],
        suspendedAt: row[11],
      }
  }

  function* seen(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const [userId, at] of rows.seen.iterate(after?.type === 'seen' ? after.userId : ''))
      yield { type: 'seen', userId, at }
  }

  function* sessions(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const row of rows.sessions.iterate(after?.type === 'session' ? after.id : ''))
      yield {
        type: 'session',
        id: row[0],
        userId: row[1],
        deviceName: row[2],
        createdAt: row[3],
        lastUsedAt: row[4],
        generation: row[5],
        rotatedAt: row[6],
        isConfirmed: row[7] === 1,
        salt: row[8],
        push: row[9] === null ? null : (JSON.parse(row[9]) as PushTarget),
        place: row[10],
        provedAt: row[11],
      }
  }

  function* account(after: TransferPlace | null): Iterable<TransferRecord> {
    const [afterId, afterKey] = after?.type === 'account' ? [after.userId, after.key] : ['', '']
    for (const [userId, key, rev, value] of rows.account.iterate(afterId, afterKey))
      yield { type: 'account', userId, key, rev, value: value === null ? null : json(value) }
  }

  function* media(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const row of rows.media.iterate(after?.type === 'media' ? after.id : '')) {
      const record = mediaRecord(mediaFrom(row))
      if (record !== null) yield record
    }
  }

  function* audit(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const row of rows.audit.iterate(after?.type === 'audit' ? after.id : ''))
      yield { type: 'audit', ...auditFrom(row) }
  }

  function* erasures(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const facts of rows.erasures.iterate(after?.type === 'erasure' ? after.userId : ''))
      yield { type: 'erasure', ...(JSON.parse(facts) as ErasureRow) }
  }

  function* invites(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const row of rows.invites.iterate(after?.type === 'invite' ? after.id : ''))
      yield { type: 'invite', ...inviteFrom(row) }
  }

  function* credentials(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const [userId, rev, value] of rows.credentials.iterate(
      after?.type === 'credentials' ? after.userId : '',
    ))
      yield { type: 'credentials', userId, rev, value }
  }

  function* reports(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const facts of rows.reports.iterate(after?.type === 'report' ? after.id : ''))
      yield { type: 'report', ...reportFrom(facts) }
  }

  function* bans(after: TransferPlace | null): Iterable<TransferRecord> {
    for (const [blobId, at] of rows.bans.iterate(after?.type === 'ban' ? after.blobId : ''))
      yield { type: 'ban', blobId, at }
  }

  function* conversations(after: TransferPlace | null, withoutMessages: boolean): Iterable<TransferRecord> {
    const { id, seq } = placeAmong(after)
    const operations = withoutMessages ? null : followOperations(rows.operations.iterate(id, seq ?? 0))
    try {
      if (seq !== null) yield* within(rows.key.get(id)?.[0] ?? 0, id as ConversationId, seq, operations)
      for (const row of rows.conversations.iterate(id)) {
        yield headerFrom(row)
        yield* within(row[0], row[1], 0, operations)
      }
    } finally {
      operations?.close()
    }
  }

  /** What follows the header of a conversation. */
  function* within(
    key: number,
    conversationId: ConversationId,
    after: number,
    operations: FollowedOperations | null,
  ): Iterable<TransferRecord> {
    if (operations !== null) {
      for (const row of rows.messages.iterate(key, after))
        yield messageFrom(conversationId, row, operations.of(conversationId, row[0]))
    }
    yield {
      type: 'members',
      conversationId,
      members: rows.members.all(key).map((row) => ({
        userId: row[0],
        role: roleFrom(row[1]),
        joinedAt: row[2],
        joinedSeq: row[3],
        joinedRev: row[4],
        deliveredSeq: row[5],
        readSeq: row[6],
      })),
    }
  }

  function* records({ after = null, withoutMessages = false }: ReadOptions): Iterable<TransferRecord> {
    const at = after === null ? 0 : partOf(after)
    if (at <= 0) yield* users(after)
    if (at <= 1) yield* seen(after)
    if (at <= 2) yield* sessions(after)
    if (at <= 3) yield* account(after)
    if (at <= 4) yield* media(after)
    if (at <= 5) yield* audit(after)
    if (at <= 6) yield* erasures(after)
    if (at <= 7) yield* invites(after)
    if (at <= 8) yield* credentials(after)
    if (at <= 9) yield* reports(after)
    if (at <= 10) yield* bans(after)
    yield* conversations(after, withoutMessages)
  }

  return {
    async facts() {
      const { epoch, engine, counts } = factsOf(db)
      const count = (table: string) =>
        db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
      return {
        engine,
        epoch,
        counts: {
          ...noCounts(),
          user: counts.users,
          seen: count('last_seen'),
          session: count('sessions'),
          account: count('account'),
          media: count(`media WHERE state = 'ready'`),
          audit: count('audit'),
          erasure: count('erasures'),
          invite: count('invites'),
          credentials: count('credentials'),
          report: count('reports'),
          ban: count('banned'),
          conversation: counts.conversations,
          message: counts.messages,
          members: counts.conversations,
        },
      }
    },
    async *read(options = {}) {
      for await (const batch of inBatches(records(options))) {
        yield batch
        // Reading waits for nothing: whoever wants to stop it must have a turn.
        await setImmediate()
      }
    },
  }
}

function statements(db: Database) {
  return {
    users: db
      .prepare<[string], UserRow>(
        `SELECT id, username, skeleton, display_name, about, avatar_id, rev, password_hash, created_at,
           role, invited_by, suspended_at
         FROM users WHERE id > ? ORDER BY id`,
      )
      .raw(),
    seen: db
      .prepare<[string], [UserId, number]>(
        'SELECT user_id, at FROM last_seen WHERE user_id > ? ORDER BY user_id',
      )
      .raw(),
    sessions: db
      .prepare<[string], SessionRow>(
        `SELECT id, user_id, device_name, created_at, last_used_at, generation, rotated_at, is_confirmed, salt,
           push, place, proved_at
         FROM sessions WHERE id > ? ORDER BY id`,
      )
      .raw(),
    account: db
      .prepare<[string, string], AccountRow>(
        'SELECT user_id, key, rev, value FROM account WHERE (user_id, key) > (?, ?) ORDER BY user_id, key',
      )
      .raw(),
    media: db
      .prepare<[string], MediaColumns>(`SELECT ${mediaColumns} FROM media WHERE id > ? ORDER BY id`)
      .raw(),
    audit: db
      .prepare<[string], AuditColumns>(`SELECT ${auditColumns} FROM audit WHERE id > ? ORDER BY id`)
      .raw(),
    erasures: db
      .prepare<[string], string>('SELECT facts FROM erasures WHERE user_id > ? ORDER BY user_id')
      .pluck(),
    invites: db
      .prepare<[string], InviteColumns>(`SELECT ${inviteColumns} FROM invites WHERE id > ? ORDER BY id`)
      .raw(),
    credentials: db
      .prepare<[string], [UserId, number, string]>(
        'SELECT user_id, rev, value FROM credentials WHERE user_id > ? ORDER BY user_id',
      )
      .raw(),
    reports: db.prepare<[string], string>('SELECT facts FROM reports WHERE id > ? ORDER BY id').pluck(),
    bans: db
      .prepare<[string], [BlobId, number]>(
        'SELECT blob_id, at FROM banned WHERE blob_id > ? ORDER BY blob_id',
      )
      .raw(),
    key: db.prepare<[string], [number]>('SELECT key FROM conversations WHERE id = ?').raw(),
    conversations: db
      .prepare<[string], ConversationRow>(
        `SELECT key, id, kind, pair, title, description, avatar_id, settings, created_by, created_at, rev, last_seq,
           members_rev, member_count, active_at
         FROM conversations WHERE id > ? ORDER BY id`,
      )
      .raw(),
    messages: db
      .prepare<[number, number], MessageRow>(
        `SELECT seq, id, first_rev, rev, body_rev, changes, sender_id, kind, body, reply_to, forwarded, mentions,
           reactions, created_at, sent_at, edited_at, deleted_at, pinned_at, expires_at, hash
         FROM messages WHERE conversation = ? AND seq > ? ORDER BY seq`,
      )
      .raw(),
    members: db
      .prepare<[number], MemberRow>(
        `SELECT user_id, role, joined_at, joined_seq, joined_rev, delivered_seq, read_seq
         FROM members WHERE conversation = ? ORDER BY user_id`,
      )
      .raw(),
    // Sorted once, on disk where it is much: no index finds the operations of a message.
    operations: db
      .prepare<[string, number], OperationRow>(
        `SELECT conversations.id, operations.seq, operations.user_id, operations.op_id
         FROM operations JOIN conversations ON conversations.key = operations.conversation
         WHERE (conversations.id, operations.seq) > (?, ?) ORDER BY 1, 2, 3, 4`,
      )
      .raw(),
  }
}

interface FollowedOperations {
  /** Of a message; asked in the order of the stream. */
  of(conversationId: ConversationId, seq: number): Operation[]
  close(): void
}

/** Operations walk beside the messages, in the same order. */
function followOperations(rows: IterableIterator<OperationRow>): FollowedOperations {
  let next = rows.next()
  return {
    of(conversationId, seq) {
      const found: Operation[] = []
      while (next.done !== true) {
        const [id, at, userId, opId] = next.value
        if (id > conversationId || (id === conversationId && at > seq)) break
        // Those of a message that is not there are passed over: the doctor takes them away.
        if (id === conversationId && at === seq) found.push({ userId, opId })
        next = rows.next()
      }
      return found
    },
    close() {
      rows.return?.()
    },
  }
}

function partOf({ type }: TransferPlace): number {
  return type === 'message' || type === 'members' ? parts.indexOf('conversation') : parts.indexOf(type)
}

/** The conversation after which to go on, and the message in it if it was not finished. */
function placeAmong(after: TransferPlace | null): { id: string; seq: number | null } {
  if (after?.type === 'conversation') return { id: after.id, seq: 0 }
  if (after?.type === 'message') return { id: after.conversationId, seq: after.seq }
  return { id: after?.type === 'members' ? after.conversationId : '', seq: null }
}
