// The log's writes, inside the writer's transaction (LOG-1 … LOG-7). Refusals come before the first write.
import type { Database } from 'better-sqlite3'
import {
  limits,
  PalabreError,
  type ConversationId,
  type MessageId,
  type MessageKind,
  type OpId,
  type Role,
  type SystemBody,
  type UserId,
} from '@palabre/protocol'
import { effectOf, expiryOf, refusalOf, settle } from '../../port/fold.ts'
import type { Head, Heads } from '../heads.ts'
import type { KeptDigests } from '../kept-digests.ts'
import type { SearchIndex } from '../search/search-index.ts'

/** The columns of a new message, flat: this crosses the thread for every message sent. */
export type AppendRow = [
  conversationId: ConversationId,
  id: MessageId,
  senderId: UserId,
  requires: Role,
  kind: MessageKind,
  body: string,
  replyTo: MessageId | null,
  mentions: string | null,
  forwarded: number,
  sentAt: number,
  createdAt: number,
  hash: string,
]

/** What was stored where (the body only if it is not the one given), or why it was not. */
export type AppendAnswer =
  | [
      seq: number,
      rev: number,
      createdAt: number,
      membersRev: number,
      body: string | null,
      expiresAt: number | null,
    ]
  | 'repeat'
  | 'former'
  | 'unchanged'

/** What a change may alter, as columns. */
export interface AlteredRow {
  body: string
  replyTo: MessageId | null
  forwarded: number
  mentions: string | null
  reactions: string | null
  editedAt: number | null
  deletedAt: number | null
  pinnedAt: number | null
  expiresAt: number | null
}

export interface ChangeRow {
  conversationId: ConversationId
  id: MessageId
  /** Null: the server itself. */
  userId: UserId | null
  opId: OpId | null
  /** The `rev` that the alteration was made from. */
  from: number
  movesBody: boolean
  /** Null: nothing changes, but the `opId` is remembered. */
  altered: AlteredRow | null
}

/** The new `rev`, or why there is none. `moved`: look again and alter again. */
export type ChangeAnswer = [rev: number, membersRev: number] | 'repeat' | 'unchanged' | 'moved'

export function logWrites(db: Database, heads: Heads, digests: KeptDigests, search: SearchIndex) {
  const selectById = db
    .prepare<[number, MessageId], [number, number, number, UserId, string]>(
      'SELECT seq, rev, changes, sender_id, hash FROM messages WHERE conversation = ? AND id = ?',
    )
    .raw()
  // A repeat is rare and an append is not: the unique index finds it, without a look-up of its own.
  const insert = db.prepare(
    `INSERT INTO messages (conversation, seq, first_rev, rev, body_rev, id, sender_id, kind, body, reply_to, mentions,
       forwarded, created_at, sent_at, expires_at, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id, conversation) DO NOTHING`,
  )
  const update = db.prepare(
    `UPDATE messages SET rev = ?, body_rev = CASE WHEN ? THEN ? ELSE body_rev END, changes = changes + 1,
       body = ?, reply_to = ?, forwarded = ?, mentions = ?, reactions = ?, edited_at = ?, deleted_at = ?,
       pinned_at = ?, expires_at = ?
     WHERE conversation = ? AND seq = ?`,
  )
  const selectOperation = db
    .prepare<[UserId, OpId], [number]>('SELECT 1 FROM operations WHERE user_id = ? AND op_id = ?')
    .raw()
  const insertOperation = db.prepare<[UserId, OpId, number, number]>(
    'INSERT INTO operations (user_id, op_id, conversation, seq) VALUES (?, ?, ?, ?)',
  )
  const selectUser = db.prepare<[UserId], [number]>('SELECT 1 FROM users WHERE id = ?').raw()

  function isStored(head: Head, row: AppendRow): AppendAnswer | null {
    const [, id, senderId] = row
    const hash = row.at(-1)
    const known = selectById.get(head.key, id)
    if (known === undefined) return null
    const member = head.members.get(senderId)
    if (known[3] === senderId && known[4] === hash) {
      return member !== undefined && known[0] >= member.joinedSeq ? 'repeat' : 'former'
    }
    // Whether an id exists is nothing for strangers to learn.
    throw new PalabreError(member === undefined ? 'MEMBER_REQUIRED' : 'MESSAGE_ID_CONFLICT')
  }

  function append(row: AppendRow): AppendAnswer {
    const [
      conversationId,
      id,
      senderId,
      requires,
      kind,
      given,
      replyTo,
      mentions,
      forwarded,
      sentAt,
      clock,
      hash,
    ] = row
    const head = heads.get(conversationId)
    if (head === null) throw new PalabreError('MEMBER_REQUIRED')
    let system = kind === 'system' ? (JSON.parse(given) as SystemBody) : null
    const refusal = refusalOf(head, senderId, { requires, body: system })
    if (system !== null || refusal !== null) {
      // Looked up before anything is refused: what was stored once is answered as stored for ever (LOG-2).
      const known = isStored(head, row)
      if (known !== null) return known
      if (refusal !== null) throw refusal
    }

    let body = given
    if (system !== null) {
      system = settle(head, system, clock)
      if (system === null) return 'unchanged'
      if (system.event === 'members_added') {
        for (const userId of system.userIds) {
          if (selectUser.get(userId) === undefined) throw new PalabreError('USER_NOT_FOUND')
        }
      }
      body = JSON.stringify(system)
    }

    const seq = head.lastSeq + 1
    const rev = head.rev + 1
    // A clock that is set back must not put a message before the one that it follows: `createdSince` and the
    // order of the list rely on it.
    const createdAt = Math.max(clock, head.activeAt)
    const expiresAt = kind === 'system' ? null : expiryOf(head.settings, createdAt)
    const { changes } = insert.run(
      head.key,
      seq,
      rev,
      rev,
      rev,
      id,
      senderId,
      kind,
      body,
      replyTo,
      mentions,
      forwarded,
      createdAt,
      sentAt,
      expiresAt,
      hash,
    )
    if (changes === 0) {
      const known = isStored(head, row)
      if (known === null) throw new Error('a message is neither new nor stored')
      return known
    }
    head.lastSeq = seq
    head.rev = rev
    head.activeAt = createdAt
    digests.appended(head, { seq, id, rev })
    heads.moved(head)
    if (system !== null) heads.apply(head, effectOf(head, system, { senderId, seq, rev, createdAt }))
    return [seq, rev, createdAt, head.membersRev, body === given ? null : body, expiresAt]
  }

  function change(target: ChangeRow): ChangeAnswer {
    const { conversationId, id, userId, opId, altered } = target
    const head = heads.get(conversationId)
    const joinedSeq = userId === null ? 1 : head?.members.get(userId)?.joinedSeq
    if (head === null || joinedSeq === undefined) throw new PalabreError('MEMBER_REQUIRED')
    const known = selectById.get(head.key, id)
    if (known === undefined || known[0] < joinedSeq) throw new PalabreError('MESSAGE_NOT_FOUND')
    const [seq, at, changes] = known
    const isOnce = userId !== null && opId !== null
    if (isOnce && selectOperation.get(userId, opId) !== undefined) return 'repeat'
    if (at !== target.from) return 'moved'
    if (altered !== null && userId !== null && changes >= limits.changesPerMessage) {
      throw new PalabreError('MESSAGE_CHANGES_EXHAUSTED')
    }
    if (isOnce) insertOperation.run(userId, opId, head.key, seq)
    if (altered === null) return 'unchanged'
    const rev = head.rev + 1
    const indexed = search.changing(head.key, seq)
    update.run(
      rev,
      target.movesBody ? 1 : 0,
      rev,
      altered.body,
      altered.replyTo,
      altered.forwarded,
      altered.mentions,
      altered.reactions,
      altered.editedAt,
      altered.deletedAt,
      altered.pinnedAt,
      altered.expiresAt,
      head.key,
      seq,
    )
    head.rev = rev
    indexed()
    digests.changed(head, { seq, id, rev: at }, rev)
    heads.moved(head)
    return [rev, head.membersRev]
  }

  return { append, change }
}
