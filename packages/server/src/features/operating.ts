// The operator's console (OPS-1 … OPS-4): who is here, how much there is, how the server is; suspending and signing out with
// effect at once. That the caller is an operator, and has proved it, is the table's affair; what is done is recorded here.
import { statfs } from 'node:fs/promises'
import { PalabreError, type OperatedPerson, type UserId } from '@palabre/protocol'
import { record } from '../core/audit.ts'
import type { Context } from '../core/context.ts'
import type { Handlers } from '../core/handlers.ts'
import type { PersonRow } from '../store/port/overview.ts'

/** Whose files take the most room: so many of them are named. */
const largestShown = 20

export const operating = {
  async listPeople(ctx, { query = '', cursor, limit }) {
    const { overview } = ctx.store
    const asked = {
      query: query === '' ? null : query,
      before: (cursor ?? null) as UserId | null,
      limit: limit + 1,
    }
    const [rows, totals] = await Promise.all([overview.people(asked), overview.totals()])
    const page = rows.slice(0, limit)
    const people = await Promise.all(page.map((row) => personOf(ctx, row)))
    return {
      people,
      total: totals.people,
      cursor: rows.length > limit ? (page.at(-1)?.user.id ?? null) : null,
    }
  },

  async suspendPerson(ctx, { userId, isSuspended }) {
    if (userId === ctx.userId) throw new PalabreError('OPERATOR_REQUIRED')
    if (!(await ctx.store.overview.suspend(userId, isSuspended ? ctx.now() : null)))
      throw new PalabreError('USER_NOT_FOUND')
    if (isSuspended) await ctx.tokens.endOthers(userId, null)
    await record(ctx, { act: isSuspended ? 'person_suspended' : 'person_readmitted', subjectId: userId })
    return { person: await personById(ctx, userId) }
  },

  async endPersonSessions(ctx, { userId }) {
    await personById(ctx, userId)
    const ended = await ctx.tokens.endOthers(userId, userId === ctx.userId ? ctx.sessionId : null)
    await record(ctx, { act: 'sessions_ended', subjectId: userId, details: { ended } })
    return { ended }
  },

  async listGroups(ctx, { cursor, limit }) {
    const rows = await ctx.store.overview.groups({ after: (cursor ?? null) as never, limit: limit + 1 })
    const groups = rows.slice(0, limit)
    return { groups, cursor: rows.length > limit ? (groups.at(-1)?.id ?? null) : null }
  },

  async getStorage(ctx) {
    const { overview, users } = ctx.store
    const [totals, owners, freeBytes] = await Promise.all([
      overview.totals(),
      overview.largest(largestShown),
      freeOf(ctx.config.dataDir),
    ])
    const found = new Map(
      (await users.byIds(owners.map(({ userId }) => userId))).map((user) => [user.id, user]),
    )
    const largest = owners.flatMap(({ userId, bytes, files }) => {
      const user = found.get(userId)
      return user === undefined ? [] : [{ user, bytes, files }]
    })
    return { ...totals, freeBytes, largest }
  },

  async getHealth(ctx) {
    return ctx.health()
  },
} satisfies Partial<Handlers>

async function personById(ctx: Context, userId: UserId): Promise<OperatedPerson> {
  const row = await ctx.store.overview.person(userId)
  if (row === null) throw new PalabreError('USER_NOT_FOUND')
  return personOf(ctx, row)
}

async function personOf({ store }: Pick<Context, 'store'>, row: PersonRow): Promise<OperatedPerson> {
  const leaving = await store.erasures.of(row.user.id)
  return { ...row, eraseAt: leaving?.dueAt ?? null }
}

/** Null: nobody can say. */
async function freeOf(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    return null
  }
}
