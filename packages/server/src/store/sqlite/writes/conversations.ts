// Making conversations, inside the writer's transaction. The first message is the creation (LOG-6): seq 1, rev 1.
import type { Database } from 'better-sqlite3'
import {
  limits,
  PalabreError,
  type ConversationId,
  type MessageId,
  type OpId,
  type SystemBody,
  type UserId,
} from '@palabre/protocol'
import { effectOf } from '../../port/fold.ts'
import type { Heads } from '../heads.ts'
import type { KeptDigests } from '../kept-digests.ts'

export interface CreateDirectRow {
  id: ConversationId
  messageId: MessageId
  userId: UserId
  otherId: UserId
  now: number
}

export interface CreateGroupRow {
  id: ConversationId
  messageId: MessageId
  userId: UserId
  title: string
  memberIds: UserId[]
  opId: OpId | null
  now: number
}

export interface CreatedAnswer {
  id: ConversationId
  isNew: boolean
}

export function conversationWrites(db: Database, heads: Heads, digests: KeptDigests) {
  const selectPair = db
    .prepare<[string], [ConversationId]>('SELECT id FROM conversations WHERE pair = ?')
    .raw()
  const selectOperation = db
    .prepare<[UserId, OpId], [ConversationId]>(
      `SELECT conversations.id FROM operations JOIN conversations ON conversations.key = operations.conversation
       WHERE user_id = ? AND op_id = ?`,
    )
    .raw()
  const insertOperation = db.prepare<[UserId, OpId, number, number]>(
    'INSERT INTO operations (user_id, op_id, conversation, seq) VALUES (?, ?, ?, ?)',
  )
  const selectUser = db.prepare<[UserId], [number]>('SELECT 1 FROM users WHERE id = ?').raw()
  const insertConversation = db.prepare(
    `INSERT INTO conversations (id, kind, pair, title, created_by, created_at, rev, last_seq, members_rev,
       member_count, active_at)
     VALUES (?, ?, ?, ?, ?, ?, 1, 1, 1, 0, ?)`,
  )
  const insertMessage = db.prepare(
    `INSERT INTO messages
       (conversation, seq, first_rev, rev, body_rev, id, sender_id, kind, body, created_at, sent_at, hash)
     VALUES (?, 1, 1, 1, 1, ?, ?, 'system', ?, ?, ?, '')`,
  )

  function needUsers(userIds: UserId[]): void {
    for (const id of userIds) {
      if (selectUser.get(id) === undefined) throw new PalabreError('USER_NOT_FOUND')
    }
  }

  function create(input: {
    id: ConversationId
    messageId: MessageId
    kind: 'direct' | 'group'
    pair: string | null
    title: string | null
    userId: UserId
    memberIds: UserId[]
    now: number
  }): number {
    const { id, kind, title, userId, memberIds, now } = input
    const body: SystemBody = { event: 'conversation_created', title, memberIds }
    insertConversation.run(id, kind, input.pair, title, userId, now, now)
    const head = heads.get(id)
    if (head === null) throw new Error('a conversation is not there after its insertion')
    insertMessage.run(head.key, input.messageId, userId, JSON.stringify(body), now, now)
    digests.appended(head, { seq: 1, id: input.messageId, rev: 1 })
    heads.apply(head, effectOf(head, body, { senderId: userId, seq: 1, rev: 1, createdAt: now }))
    return head.key
  }

  return {
    createDirect(row: CreateDirectRow): CreatedAnswer {
      const { userId, otherId } = row
      const pair = userId < otherId ? `${userId} ${otherId}` : `${otherId} ${userId}`
      const known = selectPair.get(pair)
      if (known !== undefined) return { id: known[0], isNew: false }
      const memberIds = [...new Set([userId, otherId])]
      needUsers(memberIds)
      create({ ...row, kind: 'direct', pair, title: null, memberIds })
      return { id: row.id, isNew: true }
    },
    createGroup(row: CreateGroupRow): CreatedAnswer {
      const known = row.opId === null ? undefined : selectOperation.get(row.userId, row.opId)
      if (known !== undefined) return { id: known[0], isNew: false }
      const memberIds = [...new Set([row.userId, ...row.memberIds])]
      if (memberIds.length > limits.groupMembers) throw new PalabreError('GROUP_FULL')
      needUsers(memberIds)
      const key = create({ ...row, kind: 'group', pair: null, memberIds })
      if (row.opId !== null) insertOperation.run(row.userId, row.opId, key, 1)
      return { id: row.id, isNew: true }
    },
  }
}
