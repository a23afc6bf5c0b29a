// The pages of a person's conversations, newest activity first, while the list moves (PAGE-1). A cursor holds the moment
// at which its first page was read; what has moved to the top since keeps the place that it had then, which the
// log knows: the time of its newest message up to that moment. So everything comes once, whenever it moves.
// What is new since then is not in these pages: it comes with events, or with the first page of the next walk.
import { z } from 'zod'
import { ConversationId, PalabreError } from '@palabre/protocol'
import type { ConversationRow } from '../store/port/conversations.ts'
import { reading } from './access.ts'
import type { Context } from './context.ts'
import { openCursor, sealCursor } from './cursor.ts'

/** Conversations that have moved since the first page, and messages of each, that are looked at: the latest. */
const looked = { conversations: 100, messages: 100 }

/** The first page's moment, and the place of the last conversation told, as of that moment. */
const Place = z.tuple([z.literal('conversations'), z.int(), z.int(), ConversationId])

interface Placed {
  row: ConversationRow
  /** As of the walk's moment. */
  activeAt: number
}

export interface RecencyPage {
  rows: ConversationRow[]
  /** Null on the last page. */
  cursor: string | null
}

/** One page, after `cursor` or `offset`. @throws INVALID for a cursor that is none */
export async function pageByRecency(
  ctx: Context,
  { limit, offset, cursor }: { limit: number; offset: number; cursor: string | undefined },
): Promise<RecencyPage> {
  const one = { limit: limit + 1, offset }
  if (cursor === undefined) {
    const rows = await ctx.store.conversations.ofUser(ctx.userId, { ...one, after: null })
    const placed = rows.map((row) => ({ row, activeAt: row.activeAt }))
    return cut(placed, limit, rows[0]?.activeAt ?? 0)
  }
  const [, moment, activeAt, id] = openCursor(Place, cursor)
  // In this order: what moves in between is in both, never in neither.
  const still = await ctx.store.conversations.ofUser(ctx.userId, { ...one, after: { activeAt, id } })
  const moved = await movedSince(ctx, moment)
  const byId = new Map<ConversationId, Placed>()
  for (const row of still) byId.set(row.header.id, { row, activeAt: row.activeAt })
  for (const placed of moved) {
    if (isAfter(placed, activeAt, id)) byId.set(placed.row.header.id, placed)
  }
  const inOrder = [...byId.values()].sort((a, b) => (isAfter(a, b.activeAt, b.row.header.id) ? 1 : -1))
  return cut(inOrder, limit, moment)
}

function cut(placed: Placed[], limit: number, moment: number): RecencyPage {
  const page = placed.slice(0, limit)
  const last = page.at(-1)
  const hasMore = placed.length > limit && last !== undefined
  return {
    rows: page.map(({ row }) => row),
    cursor: hasMore ? sealCursor(['conversations', moment, last.activeAt, last.row.header.id]) : null,
  }
}

/** Whether it comes later in the list, as the store orders it. */
function isAfter({ activeAt, row }: Placed, otherAt: number, otherId: ConversationId): boolean {
  return activeAt < otherAt || (activeAt === otherAt && row.header.id < otherId)
}

/** Those with activity since the moment that the person had then already, at the place that they had. */
async function movedSince(ctx: Context, moment: number): Promise<Placed[]> {
  const newest = await ctx.store.conversations.ofUser(ctx.userId, {
    limit: looked.conversations,
    offset: 0,
    after: null,
  })
  const moved = newest.filter((row) => row.activeAt > moment)
  const placed = await Promise.all(
    moved.map(async (row) => {
      const activeAt = await activeAsOf(ctx, row, moment)
      return activeAt === null ? [] : [{ row, activeAt }]
    }),
  )
  return placed.flat()
}

async function activeAsOf(ctx: Context, row: ConversationRow, moment: number): Promise<number | null> {
  const { id } = row.header
  try {
    return await reading(ctx, id, async ({ fromSeq }) => {
      const messages = await ctx.store.log.before(id, row.lastSeq + 1, fromSeq, looked.messages)
      const last = messages.filter(({ createdAt }) => createdAt <= moment).at(-1)
      return last?.createdAt ?? null
    })
  } catch (error) {
    // Left meanwhile.
    if (error instanceof PalabreError && error.code === 'MEMBER_REQUIRED') return null
    throw error
  }
}
