// The copies of messages that go along with a report (REP-2): taken from the log, of what the reporter may see, so that nobody
// can put words into somebody's mouth. And how operators are shown them.
import {
  PalabreError,
  isReportable,
  saidIn,
  type ConversationId,
  type CopiedMedia,
  type CopiedMessage,
  type Message,
  type MessageId,
  type Report,
  type ReportLine,
  type User,
  type UserId,
} from '@palabre/protocol'
import type { ReportRow } from '../../store/port/reports.ts'
import type { Store } from '../../store/port/store.ts'
import { messageOf } from '../access.ts'
import type { Context } from '../context.ts'

/** In the order of the conversation. @throws MEMBER_REQUIRED · MESSAGE_NOT_FOUND */
export async function copiesOf(
  ctx: Context,
  conversationId: ConversationId,
  ids: readonly MessageId[],
): Promise<CopiedMessage[]> {
  const messages = await Promise.all([...new Set(ids)].map((id) => messageOf(ctx, conversationId, id)))
  if (!messages.every(isReportable)) throw new PalabreError('MESSAGE_NOT_FOUND')
  const users = await usersOf(
    ctx.store,
    messages.map(({ senderId }) => senderId),
  )
  messages.sort((a, b) => a.seq - b.seq)
  return Promise.all(messages.map((message) => copyOf(ctx.store, message, users)))
}

async function copyOf(
  store: Pick<Store, 'media'>,
  message: Message,
  users: ReadonlyMap<UserId, User>,
): Promise<CopiedMessage> {
  const { id, seq, senderId, kind, createdAt, editedAt } = message
  return {
    id,
    seq,
    senderId,
    senderName: users.get(senderId)?.displayName ?? '',
    kind,
    createdAt,
    editedAt,
    said: saidIn(message),
    media: await mediaOf(store, message),
  }
}

/** Null also where its bytes are gone. */
async function mediaOf(store: Pick<Store, 'media'>, { body }: Message): Promise<CopiedMedia | null> {
  if (!('media' in body) || body.media === null) return null
  const { id, contentType, bytes, name, width, height, hasThumbnail } = body.media
  const sha256 = (await store.media.byId(id))?.found?.blobId
  if (sha256 === undefined) return null
  return { id, sha256, contentType, bytes, name, width, height, hasThumbnail }
}

/** A line of the list; null: the person is not there any more. */
export function lineOf(row: ReportRow, users: ReadonlyMap<UserId, User>): ReportLine | null {
  const { id, at, subjectId, reason, messageId, copies, closedAt, outcome } = row
  const subject = users.get(subjectId)
  if (subject === undefined) return null
  return {
    id,
    at,
    subject,
    reason,
    isOfMessage: messageId !== null,
    copies: copies.length,
    closedAt,
    outcome,
  }
}

/** The whole, as operators see it. @throws NOT_FOUND */
export async function shownReport(ctx: Pick<Context, 'store'>, row: ReportRow): Promise<Report> {
  const { reporterId, subjectId, words, messageId, closedBy } = row
  const [users, about, suspendedAt] = await Promise.all([
    usersOf(ctx.store, [subjectId, ...(reporterId === null ? [] : [reporterId])]),
    ctx.store.reports.of(subjectId, 'subject'),
    ctx.store.overview.suspendedAt(subjectId),
  ])
  const line = lineOf(row, users)
  if (line === null) throw new PalabreError('NOT_FOUND')
  const copies = row.copies.map(async (copy) => ({ ...copy, isThere: await isThere(ctx.store, copy) }))
  return {
    ...line,
    reporter: (reporterId === null ? undefined : users.get(reporterId)) ?? null,
    words,
    messageId,
    copies: await Promise.all(copies),
    closedBy,
    others: about.filter(({ id }) => id !== row.id).length,
    suspendedAt,
  }
}

/** While the report is open its files are held (MED-5), unless they were removed. */
async function isThere({ media }: Pick<Store, 'media'>, copy: CopiedMessage): Promise<boolean> {
  const found = copy.media === null ? null : await media.byId(copy.media.id)
  return (found?.found ?? null) !== null
}

export async function usersOf(
  { users }: Pick<Store, 'users'>,
  ids: readonly UserId[],
): Promise<Map<UserId, User>> {
  const found = await users.byIds([...new Set(ids)])
  return new Map(found.map((user) => [user.id, user]))
}
