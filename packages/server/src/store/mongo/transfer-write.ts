// Records into a MongoDB database that is no store yet (`port/transfer.ts`). The documents of a batch are inserted, some
// of each collection at a time, then the journal that knows of them is written: whoever is killed in between inserts them
// again, and what is there already is nothing. Whether it is the same is for the mover to compare.
import {
  MongoBulkWriteError,
  type Collection,
  type Db,
  type Document,
  type OptionalUnlessRequiredId,
} from 'mongodb'
import { SystemBody, type ConversationId } from '@palabre/protocol'
import { plain, termsOf } from '../port/names.ts'
import { mediaRow, TransferJournal, type TransferRecord, type TransferRecordOf } from '../port/transfer.ts'
import { accountDocument, accountOf, type AccountDocument } from './account.ts'
import { auditDocument, auditOf } from './accounts/audit.ts'
import { credentialsOf } from './accounts/credentials.ts'
import { inviteDocument, invitesOf } from './accounts/invites.ts'
import { bansOf, reportDocument, reportsOf } from './accounts/reports.ts'
import { blobDocuments, blobsOf, mediaDocument, mediaOf } from './media.ts'
import { erasuresOf } from './erasures/erasures.ts'
import { metaOf, schema } from './meta.ts'
import { lastSeenOf } from './presence.ts'
import { receiptId, receiptsOf, type ReceiptDocument } from './receipts.ts'
import {
  conversationsOf,
  keyOf,
  listText,
  membershipsOf,
  messagesOf,
  operationName,
  pairOf,
  type ConversationDocument,
  type MembershipDocument,
  type MessageDocument,
  mediaIn,
} from './rows.ts'
import { sessionsOf, type SessionDocument } from './sessions.ts'
import { usersOf, type UserDocument } from './users.ts'
import { wordsOf } from './words.ts'

export interface TransferWriter {
  /** Null: there is none. */
  journal(): Promise<TransferJournal | null>
  begin(journal: TransferJournal): Promise<void>
  write(records: readonly TransferRecord[], journal: TransferJournal): Promise<void>
  /** From now on it is a store. */
  end(): Promise<void>
}

/** Documents that are inserted by one command; so many commands are under way at once. */
const chunk = 500
const side = 4

export function mongoTransferWriter(db: Db): TransferWriter {
  const meta = metaOf(db)
  const conversations = conversationsOf(db)
  const messages = messagesOf(db)

  async function put(name: 'epoch' | 'schema' | 'transfer', value: string | number): Promise<void> {
    await meta.updateOne({ _id: { $eq: name } }, { $set: { value } }, { upsert: true })
  }

  const keep = (journal: TransferJournal) => put('transfer', JSON.stringify(journal))

  async function putMembers(records: readonly TransferRecordOf<'members'>[]): Promise<void> {
    if (records.length === 0) return
    const ids = records.map(({ conversationId }) => conversationId)
    const headers = await conversations.find({ _id: { $in: ids } }).toArray()
    const lastSystem = await messages
      .aggregate<{ _id: ConversationId; seq: number }>([
        { $match: { conversationId: { $in: ids }, kind: { $eq: 'system' } } },
        { $group: { _id: '$conversationId', seq: { $max: '$seq' } } },
      ])
      .toArray()
    const folded = new Map(lastSystem.map(({ _id, seq }) => [_id, seq]))
    const byId = new Map(headers.map((header) => [header._id, header]))
    await insert(
      membershipsOf(db),
      records.map((record) => membership(record, byId.get(record.conversationId), folded)),
    )
    await insert(receiptsOf(db), records.flatMap(receipts))
  }

  /** Of direct conversations whose first message is among the records. */
  async function pairsAmong(records: readonly TransferRecord[]): Promise<Map<ConversationId, string>> {
    const kinds = new Map(of(records, 'conversation').map(({ id, kind }) => [id, kind]))
    const firsts = of(records, 'message').filter(({ seq }) => seq === 1)
    // The header may have come with the batch before.
    const unknown = firsts.map(({ conversationId }) => conversationId).filter((id) => !kinds.has(id))
    if (unknown.length > 0) {
      for (const { _id, kind } of await conversations.find({ _id: { $in: unknown } }).toArray())
        kinds.set(_id, kind)
    }
    const pairs = new Map<ConversationId, string>()
    for (const { conversationId, body } of firsts) {
      if (kinds.get(conversationId) !== 'direct') continue
      const created = SystemBody.parse(body)
      if (created.event !== 'conversation_created') continue
      const [one, other = one] = created.memberIds
      if (one !== undefined && other !== undefined) pairs.set(conversationId, pairOf(one, other))
    }
    return pairs
  }

  async function putMessages(records: readonly TransferRecord[]): Promise<void> {
    const pairs = await pairsAmong(records)
    const documents = of(records, 'message').map((record) => {
      const pair = record.seq === 1 ? pairs.get(record.conversationId) : undefined
      return pair === undefined ? message(record) : { ...message(record), pair }
    })
    await insert(messages, documents)
  }

  return {
    async journal() {
      const held = await meta.findOne({ _id: { $eq: 'transfer' } })
      return held === null ? null : TransferJournal.parse(JSON.parse(String(held.value)))
    },
    async begin(journal) {
      // The journal first: from here on no server takes what is there for a store.
      await keep(journal)
      await put('schema', schema)
      await put('epoch', journal.epoch)
    },
    async write(records, journal) {
      await insert(usersOf(db), of(records, 'user').map(user))
      await insert(
        lastSeenOf(db),
        of(records, 'seen').map(({ userId, at }) => ({ _id: userId, at })),
      )
      await insert(sessionsOf(db), of(records, 'session').map(session))
      await insert(accountOf(db), of(records, 'account').map(entry))
      const rows = of(records, 'media').map(mediaRow)
      await insert(mediaOf(db), rows.map(mediaDocument))
      await insert(blobsOf(db), rows.flatMap(blobDocuments))
      await insert(
        auditOf(db),
        of(records, 'audit').map(({ type: _, ...entry }) => auditDocument(entry)),
      )
      await insert(
        erasuresOf(db),
        of(records, 'erasure').map(({ type: _, userId, ...row }) => ({ _id: userId, ...row })),
      )
      await insert(
        invitesOf(db),
        of(records, 'invite').map(({ type: _, ...row }) => inviteDocument(row)),
      )
      await insert(
        credentialsOf(db),
        of(records, 'credentials').map(({ userId, rev, value }) => ({ _id: userId, rev, value })),
      )
      await insert(
        reportsOf(db),
        of(records, 'report').map(({ type: _, ...row }) => reportDocument(row)),
      )
      await insert(
        bansOf(db),
        of(records, 'ban').map(({ blobId, at }) => ({ _id: blobId, at })),
      )
      await insert(conversations, of(records, 'conversation').map(header))
      await putMessages(records)
      await putMembers(of(records, 'members'))
      await keep(journal)
    },
    async end() {
      await meta.deleteOne({ _id: { $eq: 'transfer' } })
    },
  }
}

function of<T extends TransferRecord['type']>(
  records: readonly TransferRecord[],
  type: T,
): TransferRecordOf<T>[] {
  return records.filter((record): record is TransferRecordOf<T> => record.type === type)
}

/** Inserts those that are not there. */
async function insert<T extends Document>(
  into: Collection<T>,
  documents: readonly OptionalUnlessRequiredId<T>[],
): Promise<void> {
  const chunks: OptionalUnlessRequiredId<T>[][] = []
  for (let at = 0; at < documents.length; at += chunk) chunks.push(documents.slice(at, at + chunk))
  while (chunks.length > 0)
    await Promise.all(chunks.splice(0, side).map((documents) => insertSome(into, documents)))
}

async function insertSome<T extends Document>(
  into: Collection<T>,
  documents: readonly OptionalUnlessRequiredId<T>[],
): Promise<void> {
  try {
    await into.insertMany(documents, { ordered: false })
  } catch (error) {
    if (!isThereAlready(error)) throw error
  }
}

/** Nothing went wrong but that some of them were there. */
function isThereAlready(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined)
    return false
  const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  return errors.length > 0 && errors.every(({ code }) => code === 11_000)
}

function user(record: TransferRecordOf<'user'>): UserDocument {
  const { type: _, id, role = 'member', invitedBy = null, suspendedAt = null, ...rest } = record
  const { username, displayName, rev } = rest
  return {
    ...rest,
    role,
    invitedBy,
    suspendedAt,
    _id: id,
    sortName: plain(displayName),
    revs: [rev],
    terms: termsOf(username, displayName),
  }
}

function session({
  type: _,
  id,
  push,
  place = '',
  provedAt = 0,
  ...row
}: TransferRecordOf<'session'>): SessionDocument {
  return { _id: id, ...row, place, provedAt, ...(push !== null && { push }) }
}

function entry({ type: _, value, ...row }: TransferRecordOf<'account'>): AccountDocument {
  const text = value === null ? null : JSON.stringify(value)
  return accountDocument({ _id: `${row.userId} ${row.key}`, ...row, revs: [row.rev], value: text })
}

function header({
  type: _,
  id,
  pair: __,
  settings,
  ...row
}: TransferRecordOf<'conversation'>): ConversationDocument {
  return { _id: id, ...row, ...(settings !== undefined && { settings }) }
}

function message(record: TransferRecordOf<'message'>): MessageDocument {
  const { conversationId, id, firstRev, bodyRev, rev, mentions, reactions, operations } = record
  const document: MessageDocument = {
    _id: keyOf(conversationId, id),
    conversationId,
    seq: record.seq,
    rev,
    revs: record.revs ?? [...new Set([firstRev, bodyRev, rev])],
    bodyRev,
    id,
    senderId: record.senderId,
    kind: record.kind,
    body: JSON.stringify(record.body),
    createdAt: record.createdAt,
    sentAt: record.sentAt,
    hash: record.hash,
    changes: record.changes,
  }
  // Absent is none: most messages are small.
  if (record.replyTo !== null) document.replyTo = record.replyTo
  if (record.forwarded) document.forwarded = true
  if (record.hops !== undefined) document.hops = record.hops
  const shown = mediaIn(Object(record.body) as object)
  if (shown !== null) document.media = shown
  if (mentions.length > 0) document.mentions = listText(mentions)
  if (reactions.length > 0) document.reactions = listText(reactions)
  if (record.editedAt !== null) document.editedAt = record.editedAt
  if (record.deletedAt !== null) document.deletedAt = record.deletedAt
  if (record.pinnedAt !== null) document.pinnedAt = record.pinnedAt
  if (record.expiresAt !== null) document.expiresAt = record.expiresAt
  const words = wordsOf(record)
  if (words !== null) document.words = words
  if (operations.length > 0)
    document.operations = operations.map(({ userId, opId }) => operationName(userId, opId))
  return document
}

function membership(
  { conversationId, members }: TransferRecordOf<'members'>,
  header: ConversationDocument | undefined,
  folded: ReadonlyMap<ConversationId, number>,
): MembershipDocument {
  const foldedSeq = folded.get(conversationId)
  if (header === undefined || foldedSeq === undefined)
    throw new Error(`members belong to a conversation that is not there: ${conversationId}`)
  const { kind, title, description, avatarId, settings, createdBy, createdAt, membersRev } = header
  return {
    _id: conversationId,
    kind,
    title,
    description,
    avatarId,
    ...(settings !== undefined && { settings }),
    createdBy,
    createdAt,
    foldedSeq,
    membersRev,
    members: members.map(({ userId, role, joinedAt, joinedSeq, joinedRev }) => ({
      userId,
      role,
      joinedAt,
      joinedSeq,
      joinedRev,
    })),
  }
}

/** Of those who have got further than where they began. */
function receipts({ conversationId, members }: TransferRecordOf<'members'>): ReceiptDocument[] {
  return members
    .filter(({ joinedSeq, deliveredSeq }) => deliveredSeq > joinedSeq)
    .map(({ userId, deliveredSeq, readSeq }) => ({
      _id: receiptId(conversationId, userId),
      conversationId,
      userId,
      deliveredSeq,
      readSeq,
    }))
}
