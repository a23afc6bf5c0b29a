// The log over SQLite, the server's side: builds what is sent to the writer, and reads on its own connection.
// `alter` is a function and cannot cross the thread. So a change is altered here, and the writer stores it only if
// the message has not moved meanwhile; changes of one message wait for each other, so that few have to start again.
import {
  PalabreError,
  type ConversationId,
  type Message,
  type MessageId,
  type OpId,
  type SystemBody,
  type UserId,
} from '@palabre/protocol'
import type { Alter, Appended, Changed, LogStore, NewMessage } from '../port/log.ts'
import { createdSince } from './created-since.ts'
import { lowest } from './halving.ts'
import { mentionsIn } from './mentions.ts'
import { isOfMedia } from './media-rows.ts'
import type { Reader } from './reader.ts'
import { hopsColumn, listColumn, messageColumns, messageFrom, type MessageColumns } from './rows.ts'
import type { AlteredRow } from './writes/log.ts'
import { isSeen } from './unseen.ts'
import type { Writer } from './writer.ts'

/** Messages that one look for somebody's own goes through: two milliseconds. */
const authoredStretch = 2_000

export function sqliteLog(reader: Reader, writer: Writer, now: () => number): LogStore {
  const { db } = reader
  const select = (where: string) =>
    `SELECT ${messageColumns} FROM messages ${where.includes('INDEXED') ? '' : 'WHERE '}${where}`
  const selectById = db
    .prepare<[number, MessageId], MessageColumns>(select('conversation = ? AND id = ?'))
    .raw()
  const selectBefore = db
    .prepare<[number, number, number, number], MessageColumns>(
      select('conversation = ? AND seq < ? AND seq >= ? ORDER BY seq DESC LIMIT ?'),
    )
    .raw()
  const selectAfter = db
    .prepare<[number, number, number], MessageColumns>(
      select('conversation = ? AND seq >= ? ORDER BY seq LIMIT ?'),
    )
    .raw()
  // The index is named, because without statistics the planner may prefer to sort by hand.
  const selectChanged = db
    .prepare<[number, number, number, number], MessageColumns>(
      select(
        'INDEXED BY messages_by_rev WHERE conversation = ? AND changes > 0 AND rev > ? AND seq >= ? ORDER BY rev LIMIT ?',
      ),
    )
    .raw()
  const selectUnchanged = db
    .prepare<[number, number, number], MessageColumns>(
      select('conversation = ? AND seq >= ? AND changes = 0 ORDER BY seq LIMIT ?'),
    )
    .raw()
  const selectGallery = db
    .prepare<[number, number, number, string, number], MessageColumns>(
      select(
        `INDEXED BY messages_gallery WHERE conversation = ? AND ${isOfMedia} AND seq < ? AND seq >= ?
           AND kind IN (SELECT value FROM json_each(?)) AND deleted_at IS NULL ORDER BY seq DESC LIMIT ?`,
      ),
    )
    .raw()
  const selectAuthored = db
    .prepare<[number, number, number, UserId], MessageColumns>(
      select(
        "conversation = ? AND seq > ? AND seq <= ? AND sender_id = ? AND kind <> 'system' AND deleted_at IS NULL ORDER BY seq",
      ),
    )
    .raw()
  const selectMembersRev = db
    .prepare<[ConversationId], [number]>('SELECT members_rev FROM conversations WHERE id = ?')
    .raw()
  const selectLastSeq = db
    .prepare<[number], [number]>('SELECT last_seq FROM conversations WHERE key = ?')
    .raw()
  const selectFirstRev = db
    .prepare<[number, number], [number]>('SELECT first_rev FROM messages WHERE conversation = ? AND seq = ?')
    .raw()
  const countUnread = db
    .prepare<[number, UserId, number, UserId, number], [number]>(
      `SELECT count(*) FROM members JOIN messages ON messages.conversation = members.conversation
         AND messages.seq >= members.joined_seq
       WHERE members.conversation = ? AND members.user_id = ? AND messages.seq > ? AND messages.sender_id <> ?
         AND messages.kind <> 'system' AND messages.deleted_at IS NULL
         AND (messages.expires_at IS NULL OR messages.expires_at > ?)
         AND ${isSeen('(SELECT id FROM conversations WHERE key = members.conversation)', 'members.user_id')}`,
    )
    .raw()
  const selectJoined = db
    .prepare<[number, UserId], [number]>(
      'SELECT joined_seq FROM members WHERE conversation = ? AND user_id = ?',
    )
    .raw()
  const selectExpired = db
    .prepare<[number, number], [ConversationId, MessageId]>(
      `SELECT conversations.id, messages.id FROM messages INDEXED BY messages_expiring
       JOIN conversations ON conversations.key = messages.conversation
       WHERE messages.expires_at <= ? AND messages.deleted_at IS NULL ORDER BY messages.expires_at LIMIT ?`,
    )
    .raw()
  const selectOperation = db
    .prepare<[UserId, OpId], [number]>('SELECT 1 FROM operations WHERE user_id = ? AND op_id = ?')
    .raw()
  const mentions = mentionsIn(reader, now)
  /** The last change of each message that is being changed. */
  const turns = new Map<string, Promise<unknown>>()

  function byId(conversationId: ConversationId, id: MessageId): Message | null {
    const key = reader.keyOf(conversationId)
    const row = key === null ? undefined : selectById.get(key, id)
    return row === undefined ? null : messageFrom(conversationId, row)
  }

  /** For what was not stored; of a commit the writer knows it. */
  function membersRevNow(conversationId: ConversationId): number {
    return selectMembersRev.get(conversationId)?.[0] ?? 0
  }

  async function append(message: NewMessage): Promise<Appended> {
    const { id, conversationId, senderId, content, replyTo, mentions, sentAt, hops = 0 } = message
    const answer = await writer.write('append', [
      conversationId,
      id,
      senderId,
      message.requires,
      content.kind,
      JSON.stringify(content.body),
      replyTo,
      listColumn(mentions),
      hops,
      sentAt,
      message.createdAt,
      message.hash,
    ])
    if (!Array.isArray(answer)) {
      const membersRev = membersRevNow(conversationId)
      if (answer === 'unchanged') return { outcome: answer, message: null, isFormerMember: false, membersRev }
      const known = byId(conversationId, id)
      return { outcome: 'repeat', message: known, isFormerMember: answer === 'former', membersRev }
    }
    const [seq, rev, createdAt, membersRev, body, expiresAt] = answer
    // Built from what was given: reading it back would cost more than storing it did.
    const stored: Message = {
      id,
      conversationId,
      seq,
      rev,
      bodyRev: rev,
      senderId,
      replyTo,
      forwarded: hops > 0,
      ...(hops > 1 && { hops }),
      mentions,
      attachments: [],
      reactions: [],
      createdAt,
      sentAt,
      editedAt: null,
      deletedAt: null,
      pinnedAt: null,
      expiresAt,
      ...(body === null ? content : { kind: 'system', body: JSON.parse(body) as SystemBody }),
    }
    return { outcome: 'stored', message: stored, isFormerMember: false, membersRev }
  }

  /** What the user may change now. @throws MEMBER_REQUIRED, MESSAGE_NOT_FOUND */
  function changeable(conversationId: ConversationId, id: MessageId, userId: UserId | null): Message {
    const key = reader.keyOf(conversationId)
    const joined = userId === null ? [1] : key === null ? undefined : selectJoined.get(key, userId)
    if (joined === undefined) throw new PalabreError('MEMBER_REQUIRED')
    const message = byId(conversationId, id)
    if (message === null || message.seq < (joined[0] ?? 1)) throw new PalabreError('MESSAGE_NOT_FOUND')
    return message
  }

  async function changeOnce(target: Parameters<LogStore['change']>[0], alter: Alter): Promise<Changed> {
    const { conversationId, id, userId, opId, movesBody } = target
    for (;;) {
      const { message, isRepeat } = reader.atOnce(() => ({
        message: changeable(conversationId, id, userId),
        isRepeat: opId !== null && userId !== null && selectOperation.get(userId, opId) !== undefined,
      }))
      const notStored = (outcome: 'repeat' | 'unchanged', now: Message): Changed => ({
        outcome,
        message: now,
        membersRev: membersRevNow(conversationId),
      })
      if (isRepeat) return notStored('repeat', message)
      const altered = alter(message)
      if (altered === message && opId === null) return notStored('unchanged', message)
      const answer = await writer.write('change', {
        conversationId,
        id,
        userId,
        opId,
        from: message.rev,
        movesBody,
        altered: altered === message ? null : columnsOf(altered),
      })
      if (answer === 'moved') continue
      if (answer === 'unchanged') return notStored('unchanged', message)
      if (answer === 'repeat') return notStored('repeat', byId(conversationId, id) ?? message)
      const [rev, membersRev] = answer
      const { seq, senderId, createdAt, sentAt } = message
      const bodyRev = movesBody ? rev : message.bodyRev
      return {
        outcome: 'stored',
        message: { ...altered, id, conversationId, seq, rev, bodyRev, senderId, createdAt, sentAt },
        membersRev,
      }
    }
  }

  function change(target: Parameters<LogStore['change']>[0], alter: Alter): Promise<Changed> {
    const name = `${target.conversationId} ${target.id}`
    const before = turns.get(name) ?? Promise.resolve()
    const turn = before.then(() => changeOnce(target, alter))
    const settled = turn.then(
      () => undefined,
      () => undefined,
    )
    turns.set(name, settled)
    void settled.then(() => {
      if (turns.get(name) === settled) turns.delete(name)
    })
    return turn
  }

  /** Those that have changed are found by their rev; the rest follow one another in seq as in rev. */
  function changedSince(key: number, rev: number, fromSeq: number, limit: number): MessageColumns[] {
    const lastSeq = selectLastSeq.get(key)?.[0] ?? 0
    const first = lowest(fromSeq, lastSeq, (seq) => (selectFirstRev.get(key, seq)?.[0] ?? 0) > rev)
    const unchanged = first > lastSeq ? [] : selectUnchanged.all(key, first, limit)
    const changed = selectChanged.all(key, rev, fromSeq, limit)
    if (changed.length === 0) return unchanged
    return [...unchanged, ...changed].sort((a, b) => a[2] - b[2]).slice(0, limit)
  }

  /** Runs a read of one conversation; of none, nothing. */
  function read(id: ConversationId, rows: (key: number) => MessageColumns[]): Message[] {
    const key = reader.keyOf(id)
    return key === null ? [] : rows(key).map((row) => messageFrom(id, row))
  }

  return {
    append,
    change,
    async byId(conversationId, id) {
      return byId(conversationId, id)
    },
    async since(id, rev, fromSeq, limit) {
      return read(id, (key) => reader.atOnce(() => changedSince(key, rev, fromSeq, limit)))
    },
    async before(id, before, fromSeq, limit) {
      return read(id, (key) =>
        selectBefore.all(key, before ?? Number.MAX_SAFE_INTEGER, fromSeq, limit).reverse(),
      )
    },
    async after(id, after, fromSeq, limit) {
      return read(id, (key) => selectAfter.all(key, Math.max(after + 1, fromSeq), limit))
    },
    async gallery(id, kinds, before, fromSeq, limit) {
      return read(id, (key) =>
        selectGallery.all(key, before ?? Number.MAX_SAFE_INTEGER, fromSeq, JSON.stringify(kinds), limit),
      )
    },
    async expired(at, limit) {
      return selectExpired.all(at, limit).map(([conversationId, id]) => ({ conversationId, id }))
    },
    async authored(id, senderId, after) {
      const key = reader.keyOf(id)
      if (key === null) return { messages: [], next: null }
      const to = after + authoredStretch
      const messages = selectAuthored.all(key, after, to, senderId).map((row) => messageFrom(id, row))
      return { messages, next: to < (selectLastSeq.get(key)?.[0] ?? 0) ? to : null }
    },
    createdSince: createdSince(reader),
    async mentions(conversationId, userId, seq) {
      return mentions(conversationId, userId, seq)
    },
    async unread(conversationId, userId, seq) {
      const key = reader.keyOf(conversationId)
      return key === null ? 0 : (countUnread.get(key, userId, seq, userId, now())?.[0] ?? 0)
    },
  }
}

function columnsOf(message: Message): AlteredRow {
  return {
    body: JSON.stringify(message.body),
    replyTo: message.replyTo,
    forwarded: hopsColumn(message),
    mentions: listColumn(message.mentions),
    reactions: listColumn(message.reactions),
    editedAt: message.editedAt,
    deletedAt: message.deletedAt,
    pinnedAt: message.pinnedAt,
    expiresAt: message.expiresAt,
  }
}
