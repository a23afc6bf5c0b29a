// A MongoDB store as a stream of records (`port/transfer.ts`), whether a server writes to it meanwhile or not. Each
// conversation is told as it was at one instant, when its turn came (`instant.ts`): header and members are those that its
// log says, not the checkpoints. Different conversations are of different instants.
import type { Db } from 'mongodb'
import type { ConversationId, OpId, Reaction, UserId } from '@palabre/protocol'
import { clipMarks } from '../port/examine.ts'
import {
  inBatches,
  mediaRecord,
  noCounts,
  type ReadOptions,
  type TransferPlace,
  type TransferReading,
  type TransferRecord,
  type TransferRecordOf,
} from '../port/transfer.ts'
import { accountOf, type AccountDocument } from './account.ts'
import { erasureFrom, erasuresOf } from './erasures/erasures.ts'
import { foldedAt, instantOf, numbersAt, type Instant, type Numbers } from './instant.ts'
import type { Folded } from './heads.ts'
import { auditFrom, auditOf } from './accounts/audit.ts'
import { credentialsOf } from './accounts/credentials.ts'
import { inviteFrom, invitesOf } from './accounts/invites.ts'
import { bansOf, reportFrom, reportsOf } from './accounts/reports.ts'
import { metaOf } from './meta.ts'
import { mediaFrom, mediaOf } from './media.ts'
import { lastSeenOf, type LastSeenDocument } from './presence.ts'
import { receiptId, receiptsOf } from './receipts.ts'
import { conversationsOf, messagesOf, type MessageDocument } from './rows.ts'
import { sessionsOf, type SessionDocument } from './sessions.ts'
import { usersOf, type UserDocument } from './users.ts'

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

/** @param own reads the conversations in another way */
export function mongoReading(
  db: Db,
  own?: (db: Db, after: TransferPlace | null, withoutMessages: boolean) => AsyncIterable<TransferRecord>,
): TransferReading {
  const messages = messagesOf(db)
  const byId = (id: string) => ({ _id: { $gt: id } }) as object

  async function* users(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = usersOf(db)
      .find(byId(after?.type === 'user' ? after.id : ''))
      .sort({ _id: 1 })
    for await (const document of found) yield userRecord(document)
  }

  async function* seen(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = lastSeenOf(db)
      .find(byId(after?.type === 'seen' ? after.userId : ''))
      .sort({ _id: 1 })
    for await (const document of found) yield seenRecord(document)
  }

  async function* sessions(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = sessionsOf(db)
      .find(byId(after?.type === 'session' ? after.id : ''))
      .sort({ _id: 1 })
    for await (const document of found) yield sessionRecord(document)
  }

  async function* account(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const from = after?.type === 'account' ? `${after.userId} ${after.key}` : ''
    const found = accountOf(db).find(byId(from)).sort({ _id: 1 })
    for await (const document of found) yield accountRecord(document)
  }

  async function* media(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = mediaOf(db)
      .find(byId(after?.type === 'media' ? after.id : ''))
      .sort({ _id: 1 })
    for await (const document of found) {
      const record = mediaRecord(mediaFrom(document))
      if (record !== null) yield record
    }
  }

  async function* audit(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = auditOf(db)
      .find(byId(after?.type === 'audit' ? after.id : ''))
      .sort({ _id: 1 })
    for await (const document of found) yield { type: 'audit', ...auditFrom(document) }
  }

  async function* erasures(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = erasuresOf(db)
      .find(byId(after?.type === 'erasure' ? after.userId : ''))
      .sort({ _id: 1 })
    for await (const document of found) yield { type: 'erasure', ...erasureFrom(document) }
  }

  async function* invites(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = invitesOf(db)
      .find(byId(after?.type === 'invite' ? after.id : ''))
      .sort({ _id: 1 })
    for await (const document of found) yield { type: 'invite', ...inviteFrom(document) }
  }

  async function* credentials(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = credentialsOf(db)
      .find(byId(after?.type === 'credentials' ? after.userId : ''))
      .sort({ _id: 1 })
    for await (const { _id, rev, value } of found) yield { type: 'credentials', userId: _id, rev, value }
  }

  async function* reports(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = reportsOf(db)
      .find(byId(after?.type === 'report' ? after.id : ''))
      .sort({ _id: 1 })
    for await (const document of found) yield { type: 'report', ...reportFrom(document) }
  }

  async function* bans(after: TransferPlace | null): AsyncIterable<TransferRecord> {
    const found = bansOf(db)
      .find(byId(after?.type === 'ban' ? after.blobId : ''))
      .sort({ _id: 1 })
    for await (const { _id, at } of found) yield { type: 'ban', blobId: _id, at }
  }

  async function* conversations(
    after: TransferPlace | null,
    withoutMessages: boolean,
  ): AsyncIterable<TransferRecord> {
    const { id, seq } = placeAmong(after)
    if (seq !== null) yield* conversation(id as ConversationId, seq, withoutMessages)
    // By pages: a conversation may take longer than a cursor lives.
    for (let last = id; ;) {
      const page = await conversationsOf(db)
        .find(byId(last), { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(pageOfConversations)
        .toArray()
      for (const { _id } of page) yield* conversation(_id, null, withoutMessages)
      if (page.length < pageOfConversations) return
      last = page.at(-1)?._id ?? last
    }
  }

  /** @param seq the last message that was told; null: not even the header was */
  async function* conversation(
    id: ConversationId,
    seq: number | null,
    withoutMessages: boolean,
  ): AsyncIterable<TransferRecord> {
    const instant = await instantOf(messages, id)
    const folded = instant === null ? null : await foldedAt(messages, id, instant)
    // A conversation is what its log says: without one, it is nothing.
    if (instant === null || folded === null) return
    const first = await messages.findOne(
      { conversationId: { $eq: id }, seq: { $eq: 1 } },
      { projection: { pair: 1 } },
    )
    if (seq === null) yield headerRecord(folded, instant, first?.pair)
    if (!withoutMessages) yield* log(id, instant, seq ?? 0)
    yield await membersRecord(folded, instant)
  }

  async function* log(id: ConversationId, instant: Instant, after: number): AsyncIterable<TransferRecord> {
    const found = messages
      .find({ conversationId: { $eq: id }, seq: { $gt: after, $lte: instant.lastSeq } })
      .sort({ seq: 1 })
    for await (const document of found) {
      const numbers = numbersAt(document, instant.rev)
      if (numbers !== null) yield messageRecord(document, numbers)
    }
  }

  async function membersRecord({ id, members }: Folded, { lastSeq }: Instant): Promise<TransferRecord> {
    const receipts = await receiptsOf(db)
      .find({ conversationId: { $eq: id } })
      .toArray()
    const marks = new Map(receipts.map((receipt) => [receipt._id, receipt]))
    const rows = [...members.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1))
    return {
      type: 'members',
      conversationId: id,
      members: rows.map(({ userId, role, joinedAt, joinedSeq, joinedRev }) => {
        const held = marks.get(receiptId(id, userId)) ?? { deliveredSeq: 0, readSeq: 0 }
        const { deliveredSeq, readSeq } = clipMarks(held, joinedSeq, lastSeq)
        return { userId, role, joinedAt, joinedSeq, joinedRev, deliveredSeq, readSeq }
      }),
    }
  }

  async function* records({
    after = null,
    withoutMessages = false,
  }: ReadOptions): AsyncIterable<TransferRecord> {
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
    yield* own === undefined ? conversations(after, withoutMessages) : own(db, after, withoutMessages)
  }

  return {
    async facts() {
      const count = (name: string) => db.collection(name).countDocuments({})
      const epoch = await metaOf(db).findOne({ _id: { $eq: 'epoch' } })
      const conversation = await count('conversations')
      return {
        engine: 'mongo',
        epoch: String(epoch?.value ?? ''),
        counts: {
          ...noCounts(),
          user: await count('users'),
          seen: await count('lastSeen'),
          session: await count('sessions'),
          account: await count('account'),
          media: await mediaOf(db).countDocuments({ state: 'ready' }),
          audit: await count('audit'),
          erasure: await count('erasures'),
          invite: await count('invites'),
          credentials: await count('credentials'),
          report: await count('reports'),
          ban: await count('banned'),
          conversation,
          message: await count('messages'),
          members: conversation,
        },
      }
    },
    read: (options = {}) => inBatches(records(options)),
  }
}

/** Conversations whose ids are read at once. */
const pageOfConversations = 500

function partOf({ type }: TransferPlace): number {
  return type === 'message' || type === 'members' ? parts.indexOf('conversation') : parts.indexOf(type)
}

/** The conversation after which to go on, and the message in it if it was not finished. */
export function placeAmong(after: TransferPlace | null): { id: string; seq: number | null } {
  if (after?.type === 'conversation') return { id: after.id, seq: 0 }
  if (after?.type === 'message') return { id: after.conversationId, seq: after.seq }
  return { id: after?.type === 'members' ? after.conversationId : '', seq: null }
}

export function userRecord(document: UserDocument): TransferRecordOf<'user'> {
  const { _id, username, skeleton, displayName, about, avatarId, rev, passwordHash, createdAt } = document
  const { role = 'member', invitedBy = null, suspendedAt = null } = document
  return {
    type: 'user',
    id: _id,
    username,
    skeleton,
    displayName,
    about,
    avatarId,
    rev,
    passwordHash,
    createdAt,
    role,
    invitedBy,
    suspendedAt,
  }
}

function seenRecord({ _id, at }: LastSeenDocument): TransferRecordOf<'seen'> {
  return { type: 'seen', userId: _id, at }
}

function sessionRecord(document: SessionDocument): TransferRecordOf<'session'> {
  const { _id, push = null, place = '', provedAt = 0, ...session } = document
  return { type: 'session', id: _id, ...session, push, place, provedAt }
}

function accountRecord({ userId, key, rev, value }: AccountDocument): TransferRecordOf<'account'> {
  const parsed = value === null ? null : (JSON.parse(value) as TransferRecordOf<'account'>['value'])
  return { type: 'account', userId, key, rev, value: parsed }
}

function headerRecord(folded: Folded, instant: Instant, pair: string | undefined): TransferRecord {
  const {
    id,
    kind,
    title,
    description,
    avatarId = null,
    settings,
    createdBy,
    createdAt,
    membersRev,
    members,
  } = folded
  const [low, high] = (pair?.split(' ') ?? []) as UserId[]
  return {
    type: 'conversation',
    id,
    kind,
    pair: low === undefined || high === undefined ? null : [low, high],
    title,
    description,
    avatarId,
    ...(settings !== undefined && { settings }),
    createdBy,
    createdAt,
    ...instant,
    membersRev,
    memberCount: members.size,
  }
}

/** @param numbers those that it had at some instant */
export function messageRecord(document: MessageDocument, numbers: Numbers = document): TransferRecord {
  return {
    type: 'message',
    conversationId: document.conversationId,
    seq: document.seq,
    id: document.id,
    firstRev: numbers.revs[0] ?? numbers.rev,
    rev: numbers.rev,
    bodyRev: numbers.bodyRev,
    changes: numbers.changes,
    revs: numbers.revs,
    senderId: document.senderId,
    kind: document.kind,
    body: bodyFrom(document.body),
    replyTo: document.replyTo ?? null,
    forwarded: document.forwarded ?? false,
    ...(typeof document.hops === 'number' && { hops: document.hops }),
    mentions: listFrom<UserId>(document.mentions),
    reactions: listFrom<Reaction>(document.reactions),
    createdAt: document.createdAt,
    sentAt: document.sentAt,
    editedAt: document.editedAt ?? null,
    deletedAt: document.deletedAt ?? null,
    pinnedAt: document.pinnedAt ?? null,
    expiresAt: document.expiresAt ?? null,
    hash: document.hash,
    operations: (document.operations ?? []).map((name) => {
      const [userId, opId] = name.split(' ')
      return { userId: userId as UserId, opId: opId as OpId }
    }),
  }
}

/** What cannot be read is passed on as it is, for a doctor to find. */
function bodyFrom(text: string): TransferRecordOf<'message'>['body'] {
  try {
    return JSON.parse(text) as TransferRecordOf<'message'>['body']
  } catch {
    return text
  }
}

function listFrom<T>(text: string | null | undefined): T[] {
  return text === null || text === undefined ? [] : (JSON.parse(text) as T[])
}
