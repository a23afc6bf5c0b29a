// A SQLite store as a stream of records (`port/transfer.ts`), on a connection that nobody writes to meanwhile: row by row,
// from wherever it is told to, without holding more than a batch.
import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type {
  ConversationId,
  MessageId,
  OpId,
  PushTarget,
  Reaction,
  SessionId,
  UserId,
} from '@palabre/protocol'
import {
  inBatches,
  mediaRecord,
  noCounts,
  type ReadOptions,
  type TransferPlace,
  type TransferReading,
  type TransferRecord,
  type TransferRecordOf,
} from '../../port/transfer.ts'
import { factsOf } from '../facts.ts'
import { roleFrom } from '../heads.ts'
import { mediaColumns, mediaFrom, type MediaColumns } from '../media-rows.ts'
import { settingsFrom } from '../rows.ts'

type UserRow = [UserId, string, string, string, string, string | null, number, string, number]
type SessionRow = [SessionId, UserId, string, number, number, number, number, number, string, string | null]
type AccountRow = [UserId, string, number, string | null]
type ConversationRow = [
  number,
  ConversationId,
  'direct' | 'group',
  string | null,
  string | null,
  string,
  string | null,
  string | null,
  UserId,
  number,
  number,
  number,
  number,
  number,
  number,
]
type MessageRow = [
  number,
  MessageId,
  number,
  number,
  number,
  number,
  UserId,
  'text' | 'system',
  string,
  MessageId | null,
  number,
  string | null,
  string | null,
  number,
  number,
  number | null,
  number | null,
  number | null,
  number | null,
  string,
]
type MemberRow = [UserId, number, number, number, number, number, number]
type OperationRow = [conversationId: ConversationId, seq: number, userId: UserId, opId: OpId]
type Operation = TransferRecordOf<'message'>['operations'][number]

/** The order of the stream; messages and members come with their conversation. */
const parts = ['user', 'seen', 'session', 'account', 'media', 'conversation'] as const

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
        `SELECT id, username, skeleton, display_name, about, avatar_id, rev, password_hash, created_at
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
           push
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

function headerFrom(row: ConversationRow): TransferRecord {
  return {
    type: 'conversation',
    id: row[1],
    kind: row[2],
    pair: pairFrom(row[3]),
    title: row[4],
    description: row[5],
    avatarId: row[6],
    ...(row[7] !== null && { settings: settingsFrom(row[7]) }),
    createdBy: row[8],
    createdAt: row[9],
    rev: row[10],
    lastSeq: row[11],
    membersRev: row[12],
    memberCount: row[13],
    activeAt: row[14],
  }
}

function pairFrom(column: string | null): [UserId, UserId] | null {
  const [low, high] = (column?.split(' ') ?? []) as UserId[]
  return low === undefined || high === undefined ? null : [low, high]
}

function messageFrom(
  conversationId: ConversationId,
  row: MessageRow,
  operations: Operation[],
): TransferRecord {
  return {
    type: 'message',
    conversationId,
    seq: row[0],
    id: row[1],
    firstRev: row[2],
    rev: row[3],
    bodyRev: row[4],
    changes: row[5],
    revs: null,
    senderId: row[6],
    kind: row[7],
    body: json(row[8]),
    replyTo: row[9],
    forwarded: row[10] > 0,
    ...(row[10] > 1 && { hops: row[10] }),
    mentions: row[11] === null ? [] : (JSON.parse(row[11]) as UserId[]),
    reactions: row[12] === null ? [] : (JSON.parse(row[12]) as Reaction[]),
    createdAt: row[13],
    sentAt: row[14],
    editedAt: row[15],
    deletedAt: row[16],
    pinnedAt: row[17],
    expiresAt: row[18],
    hash: row[19],
    operations,
  }
}

function json(text: string): TransferRecordOf<'message'>['body'] {
  return JSON.parse(text) as TransferRecordOf<'message'>['body']
}
