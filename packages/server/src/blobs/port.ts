// Port: what is large. A blob is bytes under the SHA-256 of those bytes, so it never changes, and the same bytes are
// kept once. Who may have one is decided above (P6), by the rows that name it; here an id is only a name.
// Resumable uploads meet this port at their end: the tus server keeps what has arrived in a store of its own (files in
// DATA_DIR, or parts on S3), and when the last byte is there, its stream is `put` under the hash that was computed on
// the way. Nothing that is not finished is ever in here.
import type { Readable } from 'node:stream'
import { z } from 'zod'

/** SHA-256 of the bytes, 64 hexadecimal digits. Nothing else can become a file name or a key. */
export const BlobId = z
  .string()
  .regex(/^[0-9a-f]{64}$/u)
  .brand<'BlobId'>()
export type BlobId = z.infer<typeof BlobId>

export interface Blob {
  id: BlobId
  bytes: number
}

export interface ListedBlob extends Blob {
  /** When it was stored, ms since 1970, on the clock of whoever keeps it. */
  storedAt: number
}

/** Bytes `start` to `end`, both included, as in HTTP; to the last one without `end`, or when `end` is beyond it. */
export interface BlobRange {
  start: number
  end?: number
}

export interface BlobReading {
  /** Of the whole blob. */
  bytes: number
  /** Where the body begins, and its length. */
  start: number
  length: number
  /** To be read to its end or destroyed. */
  body: Readable
}

export interface Blobs {
  /**
   * Stores what `source` gives, durably, and only if it is what the blob's name and length say. It is there whole or
   * not at all, and until the promise resolves not at all. A blob that is there already is left as it is.
   * `source` is this function's from then on: read to its end, or destroyed. It is never held in memory whole.
   * @throws INVALID other bytes than announced · STORE_UNAVAILABLE no place, or no answer · the signal's reason
   */
  put(blob: Blob, source: Readable, signal?: AbortSignal): Promise<'stored' | 'present'>
  /** @throws NOT_FOUND · INVALID a range that begins behind the end · STORE_UNAVAILABLE */
  read(id: BlobId, options?: { range?: BlobRange; signal?: AbortSignal }): Promise<BlobReading>
  /** In bytes; null when there is none. */
  size(id: BlobId): Promise<number | null>
  /** Idempotent. Who is reading it may read on, or be cut off. */
  delete(id: BlobId): Promise<void>
  /** All of them, or those behind `after`, in the order of their ids; a page at a time. */
  list(after?: BlobId): AsyncIterable<ListedBlob>
  /**
   * Resolves when blobs can be stored and fetched.
   * @throws STORE_UNAVAILABLE when nobody answers; Error with a sentence for the operator when something is set wrongly
   */
  check(): Promise<void>
  close(): Promise<void>
}
