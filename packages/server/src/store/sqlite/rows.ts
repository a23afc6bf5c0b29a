// Between rows and what the protocol calls a message or a user. Rows are read as arrays: half the cost of objects.
import type {
  ConversationId,
  ConversationSettings,
  Message,
  MessageBody,
  MessageId,
  Reaction,
  User,
  UserId,
} from '@palabre/protocol'
import { shownName } from '../port/names.ts'

export const messageColumns = `id, seq, rev, body_rev, sender_id, kind, body, reply_to, forwarded, mentions, reactions,
  created_at, sent_at, edited_at, deleted_at, pinned_at, expires_at`

export type MessageColumns = [
  MessageId,
  number,
  number,
  number,
  UserId,
  Message['kind'],
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
]

/** One literal, without a spread: a page of history makes fifty of them. */
export function messageFrom(conversationId: ConversationId, row: MessageColumns): Message {
  const message = {
    id: row[0],
    conversationId,
    seq: row[1],
    rev: row[2],
    bodyRev: row[3],
    senderId: row[4],
    kind: row[5],
    body: JSON.parse(row[6]) as MessageBody,
    replyTo: row[7],
    forwarded: row[8] > 0,
    mentions: row[9] === null ? [] : (JSON.parse(row[9]) as UserId[]),
    attachments: [],
    reactions: row[10] === null ? [] : (JSON.parse(row[10]) as Reaction[]),
    createdAt: row[11],
    sentAt: row[12],
    editedAt: row[13],
    deletedAt: row[14],
    pinnedAt: row[15],
    expiresAt: row[16],
  } as Message
  // The column counts; that it was once goes without saying.
  if (row[8] > 1) message.hops = row[8]
  return message
}

/** How often a message was forwarded, as it is stored; 0: not. */
export function hopsColumn({ forwarded, hops = 1 }: Pick<Message, 'forwarded' | 'hops'>): number {
  return forwarded ? hops : 0
}

/** Lists are nearly always empty; then nothing is stored and nothing is parsed. */
export function listColumn(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list)
}

/** What nobody has set takes no room. */
export function settingsColumn(settings: ConversationSettings): string | null {
  return Object.keys(settings).length === 0 ? null : JSON.stringify(settings)
}

export function settingsFrom(column: string | null): ConversationSettings {
  return column === null ? {} : (JSON.parse(column) as ConversationSettings)
}

export const userColumns =
  'users.id, users.username, users.display_name, users.about, users.avatar_id, users.rev'
export type UserColumns = [UserId, string, string, string, string | null, number]

export function userFrom(row: UserColumns): User {
  return {
    id: row[0],
    username: shownName(row[1]),
    displayName: row[2],
    about: row[3],
    avatarId: row[4],
    rev: row[5],
  }
}
