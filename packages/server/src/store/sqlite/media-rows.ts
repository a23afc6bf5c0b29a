// How media lie in SQLite, for both its sides: what is looked for in columns, everything else as JSON.
import type { MediaId, UserId } from '@palabre/protocol'
import type { BlobId } from '../../blobs/port.ts'
import type { MediaFound, MediaRow } from '../port/media.ts'

export type MediaColumns = [
  id: MediaId,
  ownerId: UserId,
  state: MediaRow['state'],
  touchedAt: number,
  thumbId: BlobId | null,
  facts: string,
]

export const mediaColumns = 'id, owner_id, state, touched_at, thumb_id, facts'

/** What is neither looked for nor changed by itself. */
type Facts = Pick<MediaRow, 'purpose' | 'name' | 'declaredBytes' | 'createdAt' | 'code' | 'holder'> & {
  found: Omit<MediaFound, 'thumbId'> | null
}

export function mediaFrom([id, ownerId, state, touchedAt, thumbId, column]: MediaColumns): MediaRow {
  const { found, ...facts } = JSON.parse(column) as Facts
  return { ...facts, id, ownerId, state, touchedAt, found: found === null ? null : { ...found, thumbId } }
}

export function factsOf(row: MediaRow): string {
  const { purpose, name, declaredBytes, createdAt, code, holder, found } = row
  const { thumbId: _, ...rest } = found ?? { thumbId: null }
  return JSON.stringify({
    purpose,
    name,
    declaredBytes,
    createdAt,
    code,
    holder,
    found: found === null ? null : rest,
  })
}

/** What the row weighs in its owner's quota. */
export function weightOf({
  state,
  declaredBytes,
  found,
}: Pick<MediaRow, 'state' | 'declaredBytes' | 'found'>) {
  if (state === 'refused') return 0
  return found?.bytes ?? declaredBytes
}

/** As the partial indexes on `messages` have it. */
export const isOfMedia = `kind IN ('image', 'video', 'voice', 'audio', 'file')`

/** A condition on `messages`. */
export function showsMedia(id: string): string {
  return `${isOfMedia} AND json_extract(body, '$.media.id') = ${id}`
}
