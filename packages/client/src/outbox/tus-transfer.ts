// One file to the server, by tus: from where it was left, in parts, with what the server said when it refuses (MED-2).
// Loaded when the first file is sent. It tries once: when to try again is the affair of `uploads.ts`.
import { limits, PalabreError } from '@palabre/protocol'
import { DetailedError, Upload, type UploadOptions } from 'tus-js-client'
import type { PendingUpload } from '../cache/port.ts'
import { answerError, unreachable } from '../connection/http.ts'

export interface Transfer {
  /** Where uploads begin. */
  endpoint: string
  /** `url`: where an earlier attempt put its bytes. */
  upload: Pick<PendingUpload, 'id' | 'purpose' | 'name' | 'url'>
  bytes: Blob
  token: () => Promise<string>
  /** The server made a place for it: to be kept, so that the next attempt goes on from there. */
  onPlace: (url: string) => void
  onProgress: (sentBytes: number) => void
  signal: AbortSignal
}

/** Resolves once the server has it all. @throws a PalabreError, also when it was stopped. */
export function transfer(job: Transfer): Promise<void> {
  const { id, purpose, name, url } = job.upload
  return new Promise((resolve, reject) => {
    const upload = new Upload(job.bytes, {
      endpoint: job.endpoint,
      uploadUrl: url,
      chunkSize: limits.uploadChunkBytes,
      metadata: { id, purpose, name },
      retryDelays: null,
      storeFingerprintForResuming: false,
      async onBeforeRequest(request) {
        request.setHeader('authorization', `Bearer ${await job.token()}`)
      },
      onUploadUrlAvailable() {
        if (upload.url !== null && upload.url !== url) job.onPlace(upload.url)
      },
      onProgress: (sent) => job.onProgress(sent),
      onSuccess: () => resolve(),
      onError: (error) => reject(errorOf(error)),
      ...inThisPlace(),
    })
    job.signal.addEventListener('abort', () => {
      void upload.abort().catch(() => undefined)
      reject(unreachable(job.signal.reason))
    })
    if (job.signal.aborted) reject(unreachable(job.signal.reason))
    else upload.start()
  })
}

/** Node sends bytes, not a Blob, and asks for their `size`. */
function inThisPlace(): Partial<UploadOptions> {
  if (typeof XMLHttpRequest !== 'undefined') return {}
  return {
    fileReader: {
      openFile: (input: Blob) =>
        Promise.resolve({
          size: input.size,
          async slice(start: number, end: number) {
            const value = new Uint8Array(await input.slice(start, end).arrayBuffer())
            return { value: Object.assign(value, { size: value.length }), done: end >= input.size }
          },
          close: () => undefined,
        }),
    },
  }
}

function errorOf(error: Error): PalabreError {
  if (error instanceof PalabreError) return error
  if (!(error instanceof DetailedError)) return unreachable(error)
  if (error.causingError instanceof PalabreError) return error.causingError
  const response = error.originalResponse
  return response === null ? unreachable(error) : answerError(response.getStatus(), response.getBody())
}
