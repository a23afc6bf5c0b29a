// What both adapters do to bytes on their way in: count and hash them, and refuse what was not announced before
// anybody can see it. Ranges are understood here as well, once for all.
import { createHash } from 'node:crypto'
import { addAbortSignal, type Readable } from 'node:stream'
import { PalabreError } from '@palabre/protocol'
import { BlobId, type Blob, type BlobRange } from './port.ts'

/** The name of a file or a key. @throws INVALID for anything that is not a SHA-256, whatever its type says */
export function nameOf(id: BlobId): string {
  if (!BlobId.safeParse(id).success) throw new PalabreError('INVALID', { details: { reason: 'id' } })
  return id
}

/**
 * Hands on the chunks of `source`; after the last one they have been the announced bytes, or it has thrown.
 * A chunk too many is refused when it comes, not at the end.
 */
export async function* verified(
  { id, bytes }: Blob,
  source: Readable,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let arrived = 0
  if (signal !== undefined) addAbortSignal(signal, source)
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      arrived += chunk.length
      if (arrived > bytes) throw new PalabreError('INVALID', { details: { reason: 'length' } })
      hash.update(chunk)
      yield chunk
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    source.destroy()
  }
  signal?.throwIfAborted()
  if (arrived !== bytes) throw new PalabreError('INVALID', { details: { reason: 'length' } })
  if (hash.digest('hex') !== id) throw new PalabreError('INVALID', { details: { reason: 'hash' } })
}

/** Where a range begins in a blob of that size, and how long it is. @throws INVALID when it is not in it */
export function within(bytes: number, range: BlobRange | undefined): { start: number; length: number } {
  if (range === undefined) return { start: 0, length: bytes }
  checkRange(range)
  if (range.start >= bytes) throw outside()
  const end = Math.min(range.end ?? bytes - 1, bytes - 1)
  return { start: range.start, length: end - range.start + 1 }
}

/** @throws INVALID for what is no range of any blob */
export function checkRange({ start, end = start }: BlobRange): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) throw outside()
}

export function outside(): PalabreError {
  return new PalabreError('INVALID', { details: { reason: 'range' } })
}
