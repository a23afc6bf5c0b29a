// Large packets come compressed (WIRE-2): this inflates them before Socket.IO decodes them. A browser inflates
// asynchronously; whatever comes meanwhile waits, so that the order of the connection stays. Who sends more than is
// allowed, or nonsense, is left (WIRE-3).
// Loaded with the socket library, not with the page: what it needs is handed in, because a module that both used would
// become a file of its own which the page loads first.
import type { INFLATES } from '@palabre/protocol'

export interface Inflation {
  format: typeof INFLATES
  /** That one packet may become. */
  maxBytes: number
}

interface Decoder {
  add(data: unknown): void
}

/** What to say in the handshake: nothing where this browser, or this Node, cannot inflate. */
export function inflates({ format }: Inflation): { inflates?: typeof INFLATES } {
  try {
    new DecompressionStream(format)
    return { inflates: format }
  } catch {
    return {}
  }
}

/** From now on the decoder takes compressed packets too. `broken`: nothing is decoded any more. */
export function inflateInOrder(decoder: Decoder, inflation: Inflation, broken: () => void): void {
  const add = decoder.add.bind(decoder)
  let waiting = 0
  let isBroken = false
  let last = Promise.resolve()

  decoder.add = (data) => {
    if (isBroken) return
    if (waiting === 0 && typeof data === 'string') {
      add(data)
      return
    }
    waiting++
    last = last.then(() => takeNext(data))
  }

  async function takeNext(data: unknown): Promise<void> {
    if (isBroken) return
    try {
      add(typeof data === 'string' ? data : await inflated(bytesOf(data), inflation))
    } catch {
      isBroken = true
      broken()
    }
    waiting--
  }
}

function bytesOf(data: unknown): Uint8Array<ArrayBuffer> {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (data instanceof Uint8Array) return new Uint8Array(data)
  throw new Error('neither text nor bytes')
}

/** @throws when it is no deflate stream of UTF-8, or becomes longer than `maxBytes` */
export async function inflated(
  bytes: Uint8Array<ArrayBuffer>,
  { format, maxBytes }: Inflation,
): Promise<string> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > maxBytes) {
      void reader.cancel().catch(() => undefined)
      throw new Error('it becomes too long')
    }
    text += decoder.decode(value, { stream: true })
  }
}
