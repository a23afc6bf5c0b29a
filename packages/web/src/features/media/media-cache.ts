// What was fetched once stays in this browser within a budget: the least recently looked at goes first. One cache per
// person, deleted with all others at a sign-out (SEC-31). Where the browser keeps nothing, nothing is kept.

/** Bytes of all that is kept, and of one thing that is: a photo, not a film. */
const budgetBytes = 256 * 1_024 * 1_024
const mostBytes = 16 * 1_024 * 1_024
/** What is looked at again within this time counts as looked at once. */
const restMs = 60 * 60_000
/** Room is looked for after so many new things. */
const sweepEvery = 24

const usedHeader = 'x-used'
const bytesHeader = 'x-bytes'

export interface MediaCache {
  get(path: string): Promise<Blob | null>
  put(path: string, blob: Blob): Promise<void>
}

/** The cache of that person. Its failures are silent: the network has it all. */
export function openMediaCache(userId: string, now: () => number = Date.now): MediaCache {
  const name = `palabre-media-${userId}`
  let added = 0

  async function keep(cache: Cache, path: string, blob: Blob): Promise<void> {
    const headers = {
      [usedHeader]: String(now()),
      [bytesHeader]: String(blob.size),
      'content-type': blob.type,
    }
    await cache.put(path, new Response(blob, { headers }))
  }

  return {
    async get(path) {
      if (!('caches' in globalThis)) return null
      try {
        const cache = await caches.open(name)
        const response = await cache.match(path)
        if (response === undefined) return null
        const blob = await response.blob()
        if (now() - Number(response.headers.get(usedHeader)) > restMs) await keep(cache, path, blob)
        return blob
      } catch {
        return null
      }
    },
    async put(path, blob) {
      if (!('caches' in globalThis) || blob.size > mostBytes) return
      try {
        const cache = await caches.open(name)
        await keep(cache, path, blob)
        if (added++ % sweepEvery === 0) await sweep(cache)
      } catch {
        // No room, or none at all.
      }
    },
  }
}

/** Lets the oldest go until what is left fits. */
async function sweep(cache: Cache): Promise<void> {
  const kept = await Promise.all(
    (await cache.keys()).map(async (request) => {
      const headers = (await cache.match(request))?.headers
      return {
        request,
        usedAt: Number(headers?.get(usedHeader) ?? 0),
        bytes: Number(headers?.get(bytesHeader) ?? 0),
      }
    }),
  )
  let bytes = kept.reduce((sum, one) => sum + one.bytes, 0)
  for (const one of kept.sort((a, b) => a.usedAt - b.usedAt)) {
    if (bytes <= budgetBytes) return
    bytes -= one.bytes
    await cache.delete(one.request)
  }
}
