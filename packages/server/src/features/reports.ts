// Reports (REP-1 … REP-8): filing one on behalf of whoever may see what it shows; and what operators do with it, each act of
// which is recorded. Nothing of it is ever told to the person concerned but what was decided.
import { v7 as uuidv7 } from 'uuid'
import { PalabreError, ReportId, limits, type AuditAct, type ReportOutcome } from '@palabre/protocol'
import type { BlobId } from '../blobs/port.ts'
import { memberOf } from '../core/access.ts'
import { record } from '../core/audit.ts'
import type { Context, Services } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import { isKnownTo } from '../core/people.ts'
import { copiesOf, lineOf, shownReport, usersOf } from '../core/reporting/copies.ts'
import { tellNotice } from '../core/reporting/notices.ts'
import type { ReportRow } from '../store/port/reports.ts'

const forgetEveryMs = 60 * 60_000

const acts = {
  dismissed: 'report_dismissed',
  warned: 'person_warned',
  suspended: 'person_suspended',
} as const satisfies Record<ReportOutcome, AuditAct>

export const reports = {
  async report(ctx, input) {
    const { userId, conversationId = null, messageId = null, alongIds, reason, words } = input
    const ids = messageId === null ? alongIds : [...alongIds, messageId]
    if (conversationId !== null) await memberOf(ctx, conversationId)
    if (userId === ctx.userId) throw new PalabreError('USER_NOT_FOUND')
    const copies = conversationId === null ? [] : await copiesOf(ctx, conversationId, ids)
    const isTheirs = copies.some((copy) => copy.id === messageId && copy.senderId === userId)
    if (messageId !== null && !isTheirs) throw new PalabreError('MESSAGE_NOT_FOUND')
    if (messageId === null && !(await isReportable(ctx, userId))) throw new PalabreError('USER_NOT_FOUND')
    await ctx.store.reports.file({
      id: ReportId.parse(uuidv7()),
      at: ctx.now(),
      reporterId: ctx.userId,
      subjectId: userId,
      conversationId,
      messageId,
      reason,
      words,
      copies,
      closedAt: null,
      closedBy: null,
      outcome: null,
    })
    return {}
  },

  async listReports(ctx, { state, before = null, limit }) {
    const asked = { isOpen: state === 'open', except: ctx.userId, before, limit: limit + 1 }
    const rows = await ctx.store.reports.list(asked)
    const page = rows.slice(0, limit)
    const users = await usersOf(
      ctx.store,
      page.map(({ subjectId }) => subjectId),
    )
    return {
      reports: page.flatMap((row) => lineOf(row, users) ?? []),
      hasMore: rows.length > limit,
    }
  },

  async getReport(ctx, { reportId }) {
    const row = await reportOf(ctx, reportId)
    await record(ctx, { act: 'report_read', subjectId: row.subjectId, details: { reportId } })
    return { report: await shownReport(ctx, row) }
  },

  async decideReport(ctx, { reportId, outcome, words }) {
    const row = await reportOf(ctx, reportId)
    const { subjectId, reason } = row
    if (row.closedAt !== null) return { report: await shownReport(ctx, row) }
    // What follows first: whoever is interrupted decides again, and nothing is done twice.
    if (outcome !== 'dismissed') {
      const said = { notice: outcome, reason, words }
      await tellNotice(ctx, subjectId, { reportId, about: outcome }, said)
    }
    if (outcome === 'suspended') {
      await ctx.store.overview.suspend(subjectId, ctx.now())
      await ctx.tokens.endOthers(subjectId, null)
    }
    const end = { outcome, closedBy: ctx.userId, closedAt: ctx.now() }
    const closed = await ctx.store.reports.close(reportId, end)
    if (closed !== null) await record(ctx, { act: acts[outcome], subjectId, details: { reportId } })
    return { report: await shownReport(ctx, await reportOf(ctx, reportId)) }
  },

  async removeReportedMedia(ctx, { reportId, mediaId }) {
    const row = await reportOf(ctx, reportId)
    const copy = row.copies.find(({ media }) => media?.id === mediaId)
    if (copy?.media === undefined || copy.media === null) throw new PalabreError('NOT_FOUND')
    const { sha256 } = copy.media
    const messages = await ctx.media.remove(ctx, sha256 as BlobId)
    if (copy.senderId === row.subjectId) {
      const said = { notice: 'media_removed', reason: row.reason, words: '' } as const
      await tellNotice(ctx, row.subjectId, { reportId, about: sha256 }, said)
    }
    const details = { reportId, sha256, messages }
    await record(ctx, { act: 'media_removed', subjectId: row.subjectId, details })
    return { report: await shownReport(ctx, row), messages }
  },
} satisfies Partial<Handlers>

/** Forgets what was decided long ago, now and then. Answers how to stop. */
export function startReports({ store, now, logger }: Services): () => void {
  const forget = () => {
    store.reports
      .forgetClosed(now() - limits.reportKeptMs)
      .catch((err: unknown) => logger.warn({ err }, 'old reports could not be forgotten yet: they will be'))
  }
  forget()
  const timer = setInterval(forget, forgetEveryMs).unref()
  return () => clearInterval(timer)
}

/** Nobody decides, or reads, what was said about themselves. @throws NOT_FOUND */
async function reportOf(ctx: Context, id: ReportId): Promise<ReportRow> {
  const row = await ctx.store.reports.byId(id)
  if (row === null || row.subjectId === ctx.userId) throw new PalabreError('NOT_FOUND')
  return row
}

/** Whom one knows, or could find: the same as whose profile one may look at. */
async function isReportable(ctx: Context, userId: Context['userId']): Promise<boolean> {
  if (await isKnownTo(ctx, userId)) return true
  return ctx.config.directory === 'open' && (await ctx.store.users.byId(userId)) !== null
}
