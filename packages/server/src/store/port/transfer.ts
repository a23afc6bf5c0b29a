// A whole store as a stream of records, the same for every engine, for what carries one from here to there: the move
// between engines, and backups of engines without a file of their own (one record a line of JSON).
// The order is part of it: users, last seen times, sessions, account entries, media, the record of acts, the
// ledger of deleted accounts, invitations, credentials, reports and what was removed for good, each by its key;
// then each conversation by its id: its header, its messages in seq order, its members with their marks. So whoever writes it always has what a
// record refers to, and a place in it is the key of the last record.
// Not in it, because it follows from what is: digests, what people are found by, and the revs of profiles and entries
// that nobody has any more (they are kept against writers with an old view of a store; a store that was carried has
// none).
import { z } from 'zod'
import {
  AccountRole,
  AuditEntry,
  Invite,
  ConversationId,
  ConversationSettings,
  MediaId,
  MessageBody,
  MessageId,
  OpId,
  PushTarget,
  Reaction,
  Role,
  SessionId,
  UploadPurpose,
  UserId,
} from '@palabre/protocol'
import { BlobId } from '../../blobs/port.ts'
import type { Report } from './doctor.ts'
import { ErasureRow } from './erasures.ts'
import { ReportRow } from './reports.ts'
import type { MediaRow } from './media.ts'

/** Of the records: one that is unknown is refused. */
export const transferFormat = 1

const time = z.int()

const UserRecord = z.strictObject({
  type: z.literal('user'),
  id: UserId,
  username: z.string(),
  skeleton: z.string(),
  displayName: z.string(),
  about: z.string(),
  avatarId: z.string().nullable(),
  rev: z.int(),
  passwordHash: z.string(),
  createdAt: time,
  /** Absent in older copies: a member. */
  role: AccountRole.optional(),
  invitedBy: UserId.nullable().optional(),
  suspendedAt: time.nullable().optional(),
})

const SeenRecord = z.strictObject({ type: z.literal('seen'), userId: UserId, at: time })

const SessionRecord = z.strictObject({
  type: z.literal('session'),
  id: SessionId,
  userId: UserId,
  deviceName: z.string(),
  createdAt: time,
  lastUsedAt: time,
  generation: z.int(),
  rotatedAt: time,
  isConfirmed: z.boolean(),
  salt: z.string(),
  /** Where the device is told by push; null: nowhere. */
  push: PushTarget.nullable(),
  place: z.string().optional(),
  provedAt: time.optional(),
})

const AccountRecord = z.strictObject({
  type: z.literal('account'),
  userId: UserId,
  key: z.string(),
  rev: z.int(),
  /** Opaque JSON; null: taken away. */
  value: z.json(),
})

/** A medium that is ready. What is still arriving is not carried: its bytes are with the server that takes them. */
const MediaRecord = z.strictObject({
  type: z.literal('media'),
  id: MediaId,
  ownerId: UserId,
  purpose: UploadPurpose,
  name: z.string(),
  declaredBytes: z.int(),
  createdAt: time,
  touchedAt: time,
  holder: z
    .union([z.strictObject({ userId: UserId }), z.strictObject({ conversationId: ConversationId })])
    .nullable(),
  found: z.strictObject({
    blobId: BlobId,
    bytes: z.int(),
    contentType: z.string(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    placeholder: z.string().nullable(),
    thumbId: BlobId.nullable(),
  }),
})

const AuditRecord = z.strictObject({ type: z.literal('audit'), ...AuditEntry.shape })
const ErasureRecord = z.strictObject({ type: z.literal('erasure'), ...ErasureRow.shape })

const InviteRecord = z.strictObject({ type: z.literal('invite'), ...Invite.shape, codeHash: z.string() })

/** Hashes of codes: nothing that lets anybody in. */
const CredentialsRecord = z.strictObject({
  type: z.literal('credentials'),
  userId: UserId,
  rev: z.int(),
  /** Opaque. */
  value: z.string(),
})

const ReportRecord = z.strictObject({ type: z.literal('report'), ...ReportRow.shape })

/** Bytes that were removed for good. */
const BanRecord = z.strictObject({ type: z.literal('ban'), blobId: BlobId, at: time })

const ConversationRecord = z.strictObject({
  type: z.literal('conversation'),
  id: ConversationId,
  kind: z.enum(['direct', 'group']),
  /** Of a direct one: both, the lower id first. */
  pair: z.tuple([UserId, UserId]).nullable(),
  title: z.string().nullable(),
  description: z.string(),
  avatarId: z.string().nullable(),
  /** Absent: nothing was ever set. */
  settings: ConversationSettings.optional(),
  createdBy: UserId,
  createdAt: time,
  rev: z.int(),
  lastSeq: z.int(),
  membersRev: z.int(),
  memberCount: z.int(),
  activeAt: time,
})

const MessageRecord = z.strictObject({
  type: z.literal('message'),
  conversationId: ConversationId,
  seq: z.int(),
  id: MessageId,
  firstRev: z.int(),
  rev: z.int(),
  bodyRev: z.int(),
  changes: z.int(),
  /** All that it ever had, ascending; null where the engine keeps the first and the present one only (LOG-4). */
  revs: z.array(z.int()).nullable(),
  senderId: UserId,
  kind: z.object(MessageBody).keyof(),
  /** Opaque JSON. */
  body: z.json(),
  replyTo: MessageId.nullable(),
  forwarded: z.boolean(),
  /** More than once. */
  hops: z.int().optional(),
  mentions: z.array(UserId),
  reactions: z.array(Reaction),
  createdAt: time,
  sentAt: time,
  editedAt: time.nullable(),
  deletedAt: time.nullable(),
  pinnedAt: time.nullable(),
  expiresAt: time.nullable(),
  hash: z.string(),
  /** Changes of it that are known (LOG-7), by user and id; of the first message: the creation. */
  operations: z.array(z.strictObject({ userId: UserId, opId: OpId })),
})

const MembersRecord = z.strictObject({
  type: z.literal('members'),
  conversationId: ConversationId,
  /** Those present, by id. */
  members: z.array(
    z.strictObject({
      userId: UserId,
      role: Role,
      joinedAt: time,
      joinedSeq: z.int(),
      joinedRev: z.int(),
      deliveredSeq: z.int(),
      readSeq: z.int(),
    }),
  ),
})

/** For what comes out of a file; engines are trusted to answer what they hold. */
export const TransferRecord = z.discriminatedUnion('type', [
  UserRecord,
  SeenRecord,
  SessionRecord,
  AccountRecord,
  MediaRecord,
  AuditRecord,
  ErasureRecord,
  InviteRecord,
  CredentialsRecord,
  ReportRecord,
  BanRecord,
  ConversationRecord,
  MessageRecord,
  MembersRecord,
])
export type TransferRecord = z.infer<typeof TransferRecord>
export type TransferType = TransferRecord['type']
export type TransferRecordOf<T extends TransferType> = Extract<TransferRecord, { type: T }>

/** Where a stream was left: the key of its last record. */
export const TransferPlace = z.discriminatedUnion('type', [
  UserRecord.pick({ type: true, id: true }),
  SeenRecord.pick({ type: true, userId: true }),
  SessionRecord.pick({ type: true, id: true }),
  AccountRecord.pick({ type: true, userId: true, key: true }),
  MediaRecord.pick({ type: true, id: true }),
  AuditRecord.pick({ type: true, id: true }),
  ErasureRecord.pick({ type: true, userId: true }),
  InviteRecord.pick({ type: true, id: true }),
  CredentialsRecord.pick({ type: true, userId: true }),
  ReportRecord.pick({ type: true, id: true }),
  BanRecord.pick({ type: true, blobId: true }),
  ConversationRecord.pick({ type: true, id: true }),
  MessageRecord.pick({ type: true, conversationId: true, seq: true }),
  MembersRecord.pick({ type: true, conversationId: true }),
])
export type TransferPlace = z.infer<typeof TransferPlace>

/** Of records: there are as many of `members` as of conversations. */
export type TransferCounts = Record<TransferType, number>

export interface TransferFacts {
  engine: 'sqlite' | 'mongo'
  epoch: string
  counts: TransferCounts
}

export interface ReadOptions {
  /** Reads on after it; null: from the beginning. */
  after?: TransferPlace | null
  /** Everything but the messages. */
  withoutMessages?: boolean
}

/** What can be read of a store, in order and in bounded memory. */
export interface TransferReading {
  facts(): Promise<TransferFacts>
  /** Some records at a time, never none. */
  read(options?: ReadOptions): AsyncIterable<TransferRecord[]>
}

/** A store that no server has, and that is only read. Whoever opened it keeps servers away until it is closed. */
export interface TransferSource extends TransferReading {
  close(): Promise<void>
}

/** Kept in the target while it is not whole: what it is to become, and how far it is. */
export const TransferJournal = z.strictObject({
  format: z.literal(transferFormat),
  from: z.string(),
  epoch: z.string(),
  /** Of the source's state: another one, and what was written may be old. */
  fingerprint: z.string(),
  place: TransferPlace.nullable(),
  written: z.int(),
})
export type TransferJournal = z.infer<typeof TransferJournal>

export type TransferState =
  | { is: 'empty' }
  /** Not finished, and no store yet: no server would take it for one. */
  | { is: 'partial'; journal: TransferJournal }
  /** There is a store with people or conversations in it. */
  | { is: 'store'; epoch: string }

/** A store in the making. Whoever opened it keeps servers away until it is closed. */
export interface TransferTarget {
  readonly engine: TransferFacts['engine']
  state(): Promise<TransferState>
  /** Forgets what is partial and begins. @throws when there is a store */
  begin(journal: TransferJournal): Promise<void>
  /** Resolves when both are durable. A record that is there already is nothing. */
  write(records: readonly TransferRecord[], journal: TransferJournal): Promise<void>
  /** Of what has been written. */
  reading: TransferReading
  /** What the engine's own doctor says of what has been written. */
  examine(signal?: AbortSignal): Promise<Report>
  /** Makes it the store, in one step; answers where what was there before is kept, if anything was. */
  finish(): Promise<string | null>
  close(): Promise<void>
}

export function placeOf(record: TransferRecord): TransferPlace {
  switch (record.type) {
    case 'user':
      return { type: 'user', id: record.id }
    case 'seen':
      return { type: 'seen', userId: record.userId }
    case 'session':
      return { type: 'session', id: record.id }
    case 'account':
      return { type: 'account', userId: record.userId, key: record.key }
    case 'media':
      return { type: 'media', id: record.id }
    case 'audit':
      return { type: 'audit', id: record.id }
    case 'erasure':
      return { type: 'erasure', userId: record.userId }
    case 'invite':
      return { type: 'invite', id: record.id }
    case 'credentials':
      return { type: 'credentials', userId: record.userId }
    case 'report':
      return { type: 'report', id: record.id }
    case 'ban':
      return { type: 'ban', blobId: record.blobId }
    case 'conversation':
      return { type: 'conversation', id: record.id }
    case 'message':
      return { type: 'message', conversationId: record.conversationId, seq: record.seq }
    case 'members':
      return { type: 'members', conversationId: record.conversationId }
  }
}

export function noCounts(): TransferCounts {
  return {
    user: 0,
    seen: 0,
    session: 0,
    account: 0,
    media: 0,
    audit: 0,
    erasure: 0,
    invite: 0,
    credentials: 0,
    report: 0,
    ban: 0,
    conversation: 0,
    message: 0,
    members: 0,
  }
}

/** What a batch may weigh: about a megabyte of what people write, however it is spread. */
const batchWeight = 2_000
const charactersOfOne = 256

/** Puts records together into batches that are worth a trip, and of which some fit into memory. */
export async function* inBatches(
  records: Iterable<TransferRecord> | AsyncIterable<TransferRecord>,
): AsyncIterable<TransferRecord[]> {
  let batch: TransferRecord[] = []
  let weight = 0
  for await (const record of records) {
    batch.push(record)
    weight += weightOf(record)
    if (weight < batchWeight) continue
    yield batch
    batch = []
    weight = 0
  }
  if (batch.length > 0) yield batch
}

function weightOf(record: TransferRecord): number {
  if (record.type === 'members') return 1 + record.members.length
  if (record.type !== 'message') return 1
  const { body, reactions, mentions } = record
  const texts = Object.values(Object(body) as Record<string, unknown>)
  const characters = texts.reduce<number>(
    (sum, text) => sum + (typeof text === 'string' ? text.length : 1),
    0,
  )
  return 1 + reactions.length + mentions.length / 8 + characters / charactersOfOne
}

/** Null: it is not to be carried. */
export function mediaRecord({ found, state, code: _, ...row }: MediaRow): TransferRecordOf<'media'> | null {
  return found === null || state !== 'ready' ? null : { type: 'media', ...row, found }
}

export function mediaRow({ type: _, ...record }: TransferRecordOf<'media'>): MediaRow {
  return { ...record, state: 'ready', code: null }
}
