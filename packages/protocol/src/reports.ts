// Reports (REP-1 … REP-7): somebody tells those who run the server of a message or a person, with copies of what they chose to
// show; operators read that copy and nothing else, and decide. What follows for the person concerned is a notice in their
// account (`account.ts`), which never says who reported.
import { z } from 'zod'
import { ConversationId, MediaId, MessageId, UserId } from './ids.ts'
import { MessageBody } from './kinds.ts'
import { limits } from './limits.ts'
import { reportReasons } from './pure/reports.ts'
import { operation } from './table/operation.ts'
import { prose } from './text.ts'
import { User } from './users.ts'

export const ReportId = z.uuidv7().brand<'ReportId'>()
export type ReportId = z.infer<typeof ReportId>

const Reason = z.enum(reportReasons)
export const ReportOutcome = z.enum(['dismissed', 'warned', 'suspended'])
export type ReportOutcome = z.infer<typeof ReportOutcome>

/** A file that a copied message showed. */
export const CopiedMedia = z.strictObject({
  id: MediaId,
  /** Of its bytes: what it is removed by, wherever it is (REP-6). */
  sha256: z.string(),
  contentType: z.string(),
  bytes: z.int(),
  name: z.string(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  hasThumbnail: z.boolean(),
})
export type CopiedMedia = z.infer<typeof CopiedMedia>

/** A message as it was when it was reported. */
export const CopiedMessage = z.strictObject({
  id: MessageId,
  seq: z.int(),
  /** Null: their account was deleted since, and what they said with it. */
  senderId: UserId.nullable(),
  senderName: z.string(),
  kind: z.object(MessageBody).keyof(),
  createdAt: z.int(),
  editedAt: z.int().nullable(),
  said: z.string(),
  media: CopiedMedia.nullable(),
})
export type CopiedMessage = z.infer<typeof CopiedMessage>

/** A line of the list: nothing that anybody wrote. */
export const ReportLine = z.strictObject({
  id: ReportId,
  at: z.int(),
  subject: User,
  reason: Reason,
  /** Of a message; else of the person. */
  isOfMessage: z.boolean(),
  copies: z.int(),
  closedAt: z.int().nullable(),
  outcome: ReportOutcome.nullable(),
})
export type ReportLine = z.infer<typeof ReportLine>

export const Report = z.strictObject({
  ...ReportLine.omit({ copies: true }).shape,
  /** Null: their account was deleted since. */
  reporter: User.nullable(),
  words: z.string(),
  /** The reported one among the copies; null: the report is of the person. */
  messageId: MessageId.nullable(),
  /** Oldest first; `isThere`: whether the file of it can still be looked at. */
  copies: z.array(CopiedMessage.extend({ isThere: z.boolean() })),
  closedBy: UserId.nullable(),
  /** Other reports about the same person that are kept. */
  others: z.int(),
  /** Since when they may not sign in; null: they may. */
  suspendedAt: z.int().nullable(),
})
export type Report = z.infer<typeof Report>

const words = prose(limits.reportWords).default('')

export const report = operation({
  socket: 'report',
  http: 'POST /reports',
  access: 'session',
  limit: 'report',
  summary:
    'Tells those who run the server of a message, or of a person, with copies of what one chooses to show. Nobody else hears of it.',
  input: z
    .strictObject({
      /** Whom it is about; of a message, who sent it. */
      userId: UserId,
      conversationId: ConversationId.optional(),
      /** The reported message. */
      messageId: MessageId.optional(),
      /** Messages of the same conversation that go along. */
      alongIds: z.array(MessageId).max(limits.reportAlong).default([]),
      reason: Reason,
      words,
    })
    .refine(
      ({ conversationId, messageId, alongIds }) =>
        conversationId !== undefined || (messageId === undefined && alongIds.length === 0),
      { message: 'says of what conversation the messages are', path: ['conversationId'] },
    ),
  output: z.strictObject({}),
})

export const listReports = operation({
  socket: 'list_reports',
  http: 'GET /operator/reports',
  access: 'operator',
  limit: 'read',
  summary: 'Reports that are open, or those that are decided, the latest first; none that are about oneself.',
  input: z.strictObject({
    state: z.enum(['open', 'closed']).default('open'),
    /** Of the last one of the page before. */
    before: ReportId.optional(),
    limit: z.int().min(1).max(limits.page).default(limits.pageDefault),
  }),
  output: z.strictObject({
    reports: z.array(ReportLine),
    /** There are older ones. */
    hasMore: z.boolean(),
  }),
})

export const getReport = operation({
  socket: 'get_report',
  http: 'GET /operator/reports/:reportId',
  access: 'operator',
  limit: 'read',
  isSensitive: true,
  summary: 'One report with its copies. That it was read is written down.',
  input: z.strictObject({ reportId: ReportId }),
  output: z.strictObject({ report: Report }),
})

export const decideReport = operation({
  socket: 'decide_report',
  http: 'POST /operator/reports/:reportId/decision',
  access: 'operator',
  limit: 'write',
  isSensitive: true,
  summary:
    'Closes a report: dismissed, or with a warning to the person it is about, or with their suspension. They are told why, and how to object.',
  input: z.strictObject({
    reportId: ReportId,
    outcome: ReportOutcome,
    /** To the person; not kept with the report. */
    words,
  }),
  output: z.strictObject({ report: Report }),
})

export const removeReportedMedia = operation({
  socket: 'remove_reported_media',
  http: 'DELETE /operator/reports/:reportId/media/:mediaId',
  access: 'operator',
  limit: 'write',
  isSensitive: true,
  summary:
    'Removes a file that a report shows: by its SHA-256, so from every message that shows the same bytes, and for good.',
  input: z.strictObject({ reportId: ReportId, mediaId: MediaId }),
  output: z.strictObject({
    report: Report,
    /** Messages that showed it. */
    messages: z.int(),
  }),
})

export const reporting = { report, listReports, getReport, decideReport, removeReportedMedia }
