// One's own data as one file, fetched bit by bit so that a page can say how much has come. What broke off is no file.
import { answerError, apiBase, unreachable } from './http.ts'
import type { Tokens } from './tokens.ts'

/** @throws PROOF_REQUIRED, EXPORT_RUNNING, RATE_LIMITED; STORE_UNAVAILABLE where it broke off */
export async function fetchExport(options: {
  url: string
  tokens: Pick<Tokens, 'fresh'>
  onBytes: (bytes: number) => void
  signal: AbortSignal
}): Promise<Blob> {
  const { onBytes, signal } = options
  const token = await options.tokens.fresh()
  let response: Response
  try {
    response = await fetch(`${apiBase(options.url)}/me/export`, {
      headers: { authorization: `Bearer ${token}` },
      credentials: 'omit',
      cache: 'no-store',
      signal,
    })
  } catch (cause) {
    throw unreachable(cause)
  }
  if (!response.ok) throw answerError(response.status, await response.text().catch(() => ''))
  let bytes = 0
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length
      onBytes(bytes)
      controller.enqueue(chunk)
    },
  })
  try {
    // The browser may keep it on its disk meanwhile.
    return await new Response(response.body?.pipeThrough(counted) ?? null, {
      headers: { 'content-type': 'application/zip' },
    }).blob()
  } catch (cause) {
    throw unreachable(cause)
  }
}
