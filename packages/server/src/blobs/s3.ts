// Blobs in a bucket of S3-compatible storage. A small one is gathered, verified, and sent in one request; a large one
// goes up in parts, verified on the way, and is completed only when all of it was what it should be: nobody ever sees
// half of one. Memory: one part for each blob that is being put. The SDK is loaded only by who has a bucket.
import { randomUUID } from 'node:crypto'
import { addAbortSignal, type Readable } from 'node:stream'
import type { _Object } from '@aws-sdk/client-s3'
import { PalabreError } from '@palabre/protocol'
import { BlobId, type Blob, type BlobRange, type Blobs, type ListedBlob } from './port.ts'
import { checkRange, nameOf, outside, verified } from './verified.ts'

export interface S3Settings {
  /** An origin, whose buckets are named in the path: not every storage has names for them. Null: Amazon's. */
  readonly endpoint: string | null
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Before every key. */
  readonly prefix: string
}

/** At least 5 MiB for S3, at most 10,000 of them: blobs of 80 GiB. */
const usualPartBytes = 8 * 1_024 * 1_024
const connectMs = 3_000
/** Without a byte for this long, nobody is there. */
const silenceMs = 15_000

/** Asks for nothing yet: `check` says whether the settings are right. */
export async function openS3Blobs(settings: S3Settings, partBytes = usualPartBytes): Promise<Blobs> {
  const { bucket, prefix, accessKeyId, secretAccessKey } = settings
  const s3 = await import('@aws-sdk/client-s3')
  const client = new s3.S3Client({
    ...(settings.endpoint === null ? {} : { endpoint: settings.endpoint, forcePathStyle: true }),
    region: settings.region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 3,
    requestHandler: { connectionTimeout: connectMs, socketTimeout: silenceMs },
    // The signature covers the SHA-256 of each body already; other storages than Amazon's refuse more.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const placeOf = (id: BlobId) => ({ Bucket: bucket, Key: prefix + nameOf(id) })

  async function size(id: BlobId): Promise<number | null> {
    const head = await ask(client.send(new s3.HeadObjectCommand(placeOf(id)))).catch(ifMissing)
    return head?.ContentLength ?? null
  }

  async function putWhole(blob: Blob, source: Readable, signal?: AbortSignal): Promise<void> {
    for await (const body of inParts(verified(blob, source, signal), blob.bytes, Math.max(blob.bytes, 1)))
      await ask(
        client.send(
          new s3.PutObjectCommand({ ...placeOf(blob.id), Body: body, ContentLength: body.length }),
          until(signal),
        ),
        signal,
      )
  }

  async function putInParts(blob: Blob, source: Readable, signal?: AbortSignal): Promise<void> {
    const place = placeOf(blob.id)
    const { UploadId } = await ask(
      client.send(new s3.CreateMultipartUploadCommand(place), until(signal)),
      signal,
    )
    const upload = { ...place, UploadId }
    try {
      const parts: { ETag: string | undefined; PartNumber: number }[] = []
      for await (const body of inParts(verified(blob, source, signal), blob.bytes, partBytes)) {
        const PartNumber = parts.length + 1
        const part = { ...upload, PartNumber, Body: body, ContentLength: body.length }
        const { ETag } = await ask(client.send(new s3.UploadPartCommand(part), until(signal)), signal)
        parts.push({ ETag, PartNumber })
      }
      await ask(
        client.send(
          new s3.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }),
          until(signal),
        ),
        signal,
      )
    } catch (error) {
      // What cannot be taken back now, the bucket's own rule for abandoned uploads removes.
      await ask(client.send(new s3.AbortMultipartUploadCommand(upload))).catch(() => undefined)
      throw error
    }
  }

  return {
    async put(blob, source, signal) {
      try {
        nameOf(blob.id)
        if ((await size(blob.id)) === blob.bytes) {
          signal?.throwIfAborted()
          return 'present'
        }
        await (blob.bytes > partBytes ? putInParts : putWhole)(blob, source, signal)
        return 'stored'
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        source.destroy()
      }
    },

    async read(id, { range, signal } = {}) {
      if (range !== undefined) checkRange(range)
      const Range = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end ?? ''}` }
      const answer = await ask(
        client.send(new s3.GetObjectCommand({ ...placeOf(id), ...Range }), until(signal)),
        signal,
      )
      // In Node it is always a stream of Node's.
      const body = answer.Body as Readable
      if (signal !== undefined) addAbortSignal(signal, body)
      try {
        return { ...extentOf(answer, range), body }
      } catch (error) {
        body.destroy()
        throw error
      }
    },

    size,

    async delete(id) {
      await ask(client.send(new s3.DeleteObjectCommand(placeOf(id)))).catch(ifMissing)
    },

    async *list(after) {
      let startAfter = after === undefined ? {} : { StartAfter: prefix + nameOf(after) }
      for (;;) {
        const page = await ask(
          client.send(new s3.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...startAfter })),
        )
        yield* (page.Contents ?? []).flatMap(listed)
        const last = page.Contents?.at(-1)?.Key
        if (page.IsTruncated !== true || last === undefined) return
        startAfter = { StartAfter: last }
      }
    },

    async check() {
      // No blob's name, so no list ever has it.
      const probe = { Bucket: bucket, Key: `${prefix}check-${randomUUID()}` }
      try {
        await ask(client.send(new s3.HeadBucketCommand({ Bucket: bucket })))
        await ask(
          client.send(new s3.PutObjectCommand({ ...probe, Body: new Uint8Array(1), ContentLength: 1 })),
        )
        await ask(client.send(new s3.DeleteObjectCommand(probe)))
      } catch (error) {
        throw asSentence(error, settings)
      }
    },

    close() {
      client.destroy()
      return Promise.resolve()
    },
  }

  function listed({ Key = '', Size, LastModified }: _Object): ListedBlob[] {
    // The prefix may have other things behind it.
    const id = BlobId.safeParse(Key.slice(prefix.length))
    if (!id.success || Size === undefined) return []
    return [{ id: id.data, bytes: Size, storedAt: LastModified?.getTime() ?? 0 }]
  }
}

/** The answer, or in the protocol's words why there is none. */
async function ask<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await answer
  } catch (error) {
    signal?.throwIfAborted()
    throw explained(error)
  }
}

const until = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal })

/** The chunks in pieces of `partBytes`, the last one smaller. One buffer each; `bytes` in all, at least one piece. */
async function* inParts(
  chunks: AsyncIterable<Uint8Array>,
  bytes: number,
  partBytes: number,
): AsyncGenerator<Uint8Array> {
  let left = bytes
  let part = Buffer.allocUnsafe(Math.min(partBytes, left))
  let filled = 0
  for await (let chunk of chunks) {
    while (chunk.length > 0) {
      // The last piece waits for the chunks' own end: until then nobody knows that they are what they should be.
      if (filled === part.length) {
        yield part
        left -= part.length
        part = Buffer.allocUnsafe(Math.min(partBytes, left))
        filled = 0
      }
      const taken = chunk.subarray(0, part.length - filled)
      part.set(taken, filled)
      filled += taken.length
      chunk = chunk.subarray(taken.length)
    }
  }
  yield part
}

/** What part of the blob an answer is. @throws STORE_UNAVAILABLE when it is not the one that was asked for */
function extentOf(
  { ContentLength, ContentRange }: { ContentLength?: number | undefined; ContentRange?: string | undefined },
  range: BlobRange | undefined,
): { bytes: number; start: number; length: number } {
  if (range === undefined) return { bytes: ContentLength ?? 0, start: 0, length: ContentLength ?? 0 }
  const [, start, end, bytes] = (/^bytes (\d+)-(\d+)\/(\d+)$/u.exec(ContentRange ?? '') ?? []).map(Number)
  const isAsked = start === range.start && end === Math.min(range.end ?? Infinity, (bytes ?? Number.NaN) - 1)
  if (!isAsked || start === undefined || end === undefined || bytes === undefined)
    throw new PalabreError('STORE_UNAVAILABLE', { cause: new Error('the storage answered another range') })
  return { bytes, start, length: end - start + 1 }
}

interface S3Failure extends Error {
  $metadata?: { httpStatusCode?: number | undefined }
}

/** An SDK's error carries the whole request, signature included: none of that is to reach a log (SEC-28). */
function bare(error: Error): S3Failure {
  const { name, message, $metadata } = error as S3Failure
  return Object.assign(new Error(message), {
    name,
    ...($metadata === undefined ? {} : { $metadata: { httpStatusCode: $metadata.httpStatusCode } }),
  })
}

function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PalabreError) return error
  const cause = bare(error)
  const status = cause.$metadata?.httpStatusCode
  if (status === 416) return outside()
  if (status === 404 && cause.name !== 'NoSuchBucket') return new PalabreError('NOT_FOUND', { cause })
  // No answer at all, or one that may be another next time.
  if (status === undefined || status === 429 || status >= 500)
    return new PalabreError('STORE_UNAVAILABLE', { cause })
  return cause
}

function ifMissing(error: unknown): null {
  if (error instanceof PalabreError && error.code === 'NOT_FOUND') return null
  throw error
}

/** For the operator; the credentials are never in it. */
function asSentence(error: unknown, { endpoint, bucket, region }: S3Settings): unknown {
  if (!(error instanceof Error)) return error
  const place = endpoint ?? `Amazon S3 in ${region}`
  const { name } = error
  const isUnavailable = error instanceof PalabreError && error.code === 'STORE_UNAVAILABLE'
  if (isUnavailable) return error
  if (error instanceof PalabreError || name === 'NoSuchBucket')
    return new Error(`S3_BUCKET: there is no bucket ${bucket} at ${place}.`, { cause: error })
  if ((error as S3Failure).$metadata?.httpStatusCode === 403)
    return new Error(
      `S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY may not list, write and delete in ${bucket} (${name}).`,
      { cause: error },
    )
  return new Error(`S3: ${place} refuses bucket ${bucket} (${name}).`, { cause: error })
}
