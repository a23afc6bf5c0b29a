// Cursors of pages: opaque to clients, checked like any other input when they come back. They hold a place in
// an order, never a right.
import type { z } from 'zod'
import { PalabreError } from '@palabre/protocol'

export function sealCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place), 'utf8').toString('base64url')
}

/** @throws INVALID when it is not one of ours */
export function openCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
  } catch (cause) {
    throw new PalabreError('INVALID', {
      details: { path: 'cursor', reason: 'is not a cursor of this list' },
      cause,
    })
  }
}
