// The rows of conversations and messages as records of the stream. Pure.
import type { ConversationId, MessageId, Reaction, UserId } from '@palabre/protocol'
import type { TransferRecord, TransferRecordOf } from '../../port/transfer.ts'
import { settingsFrom } from '../rows.ts'

export type ConversationRow = [
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
export type MessageRow = [
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
export type Operation = TransferRecordOf<'message'>['operations'][number]

export function headerFrom(row: ConversationRow): TransferRecord {
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

export function messageFrom(
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

export function json(text: string): TransferRecordOf<'message'>['body'] {
  return JSON.parse(text) as TransferRecordOf<'message'>['body']
}
