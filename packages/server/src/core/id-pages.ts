// Pages of people in the order of their ids, which never changes: whoever is in the list from the first page to the
// last comes exactly once, whatever happens to the others (PAGE-1). For lists that fit into memory.
import { z } from 'zod'
import { UserId } from '@palabre/protocol'
import { openCursor, sealCursor } from './cursor.ts'

/** `list` names it: a cursor of another one is refused. An empty cursor begins. @throws INVALID */
export function pageOfIds(
  list: 'members' | 'contacts',
  ids: Iterable<UserId>,
  { cursor, limit }: { cursor: string; limit: number },
): { ids: UserId[]; cursor: string | null } {
  const after = cursor === '' ? '' : openCursor(z.tuple([z.literal(list), UserId]), cursor)[1]
  const rest = [...ids].filter((id) => id > after).sort()
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return { ids: page, cursor: rest.length > limit && last !== undefined ? sealCursor([list, last]) : null }
}
