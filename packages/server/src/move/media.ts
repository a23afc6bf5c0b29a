// Copies media from one place to another. A blob is named by its bytes, so one that is there already with its length is
// the same, and whoever was stopped goes on by passing over what is there. The port checks every byte on the way.
import type { Blobs } from '../blobs/port.ts'

export interface MovedMedia {
  copied: number
  present: number
}

/** Blobs that are on their way at once. */
const side = 4

export async function moveMedia(
  from: Blobs,
  to: Blobs,
  options: { signal?: AbortSignal; onProgress?: (done: number) => void } = {},
): Promise<MovedMedia> {
  const { signal, onProgress } = options
  const moved: MovedMedia = { copied: 0, present: 0 }
  const blobs = from.list()[Symbol.asyncIterator]()

  /** Takes the next one until there is none, or something is wrong. */
  async function carry(): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      const next = await blobs.next()
      if (next.done === true) return
      const { id, bytes } = next.value
      if ((await to.size(id)) === bytes) moved.present += 1
      else {
        const { body } = await from.read(id, { ...(signal && { signal }) })
        await to.put({ id, bytes }, body, signal)
        moved.copied += 1
      }
      onProgress?.(moved.copied + moved.present)
    }
  }

  const results = await Promise.allSettled(Array.from({ length: side }, carry))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return moved
}
