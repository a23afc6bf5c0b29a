// Reports with their copies (REP-1 … REP-8), and which bytes were removed for good (REP-6). What is open holds the files that
// its copies show (MED-5). Copies outlive what they were taken of; who is erased takes theirs along (ERASE-7).
import { z } from 'zod'
import {
  ConversationId,
  CopiedMessage,
  MessageId,
  ReportId,
  ReportOutcome,
  UserId,
  reportReasons,
  type MediaId,
} from '@palabre/protocol'
import type { BlobId } from '../../blobs/port.ts'

export const ReportRow = z.strictObject({
  id: ReportId,
  at: z.int(),
  /** Null: erased since. */
  reporterId: UserId.nullable(),
  subjectId: UserId,
  conversationId: ConversationId.nullable(),
  messageId: MessageId.nullable(),
  reason: z.enum(reportReasons),
  words: z.string(),
  copies: z.array(CopiedMessage),
  /** Null: it is open. */
  closedAt: z.int().nullable(),
  /** Null: it is open, or they were erased since. */
  closedBy: UserId.nullable(),
  outcome: ReportOutcome.nullable(),
})
export type ReportRow = z.infer<typeof ReportRow>

export interface ReportEnd {
  outcome: ReportOutcome
  closedBy: UserId
  closedAt: number
}

export interface ReportStore {
  /** Answers the one that the same person has open about the same, or else this one, which is kept. */
  file(row: ReportRow): Promise<ReportRow>
  byId(id: ReportId): Promise<ReportRow | null>
  /** The latest first; none about `except`. */
  list(input: {
    isOpen: boolean
    except: UserId
    before: ReportId | null
    limit: number
  }): Promise<ReportRow[]>
  /** All that somebody has made, or that are about them. */
  of(userId: UserId, as: 'reporter' | 'subject'): Promise<ReportRow[]>
  /** Null: there is none that is open. */
  close(id: ReportId, end: ReportEnd): Promise<ReportRow | null>
  /** Whether one that is open shows this medium. */
  shows(mediaId: MediaId): Promise<boolean>
  /** Forgets those that were closed before; answers how many. */
  forgetClosed(before: number): Promise<number>
  /** From now on nobody can send these bytes. */
  ban(blobId: BlobId, at: number): Promise<void>
  isBanned(blobId: BlobId): Promise<boolean>
}

/** What two reports by one person cannot both be open of. */
export function matterOf({ reporterId, subjectId, messageId }: ReportRow): string {
  return `${reporterId ?? ''} ${subjectId} ${messageId ?? ''}`
}

/** Everybody of whom there is something in it. */
export function peopleIn({ reporterId, subjectId, closedBy, copies }: ReportRow): UserId[] {
  const all = [reporterId, subjectId, closedBy, ...copies.map(({ senderId }) => senderId)]
  return [...new Set(all)].filter((id) => id !== null)
}

/** The media that it holds: while it is open. */
export function mediaHeld({ closedAt, copies }: ReportRow): MediaId[] {
  return closedAt !== null ? [] : [...new Set(copies.flatMap(({ media }) => media?.id ?? []))]
}

/** What is left when somebody in it is erased; null: nothing, it was about them. Pure. */
export function withoutPerson(row: ReportRow, userId: UserId): ReportRow | null {
  if (row.subjectId === userId) return null
  const isTheirs = row.reporterId === userId
  return {
    ...row,
    reporterId: isTheirs ? null : row.reporterId,
    words: isTheirs ? '' : row.words,
    closedBy: row.closedBy === userId ? null : row.closedBy,
    copies: row.copies.map((copy) =>
      copy.senderId === userId ? { ...copy, senderId: null, senderName: '', said: '', media: null } : copy,
    ),
  }
}
