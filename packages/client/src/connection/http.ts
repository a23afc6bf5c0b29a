// Asks an operation over HTTP, by the same table as everyone (route, input). Answers are the operation's output;
// problem+json becomes a PalabreError, a silent network STORE_UNAVAILABLE, which may be tried again.
// It knows nothing of sessions: the caller brings the token.
import {
  isErrorCode,
  PalabreError,
  type ErrorCode,
  type InputOf,
  type OperationName,
  type Output,
} from '@palabre/protocol'
import { routeOf } from './routes.ts'

/** An answer that takes longer is given up; everything durable may be asked again. */
export const CALL_TIMEOUT_MS = 10_000

export interface Http {
  ask<N extends OperationName>(
    name: N,
    input: InputOf<N>,
    options?: { token?: string; timeoutMs?: number },
  ): Promise<Output<N>>
}

/** Where the API is, of the server at `url`. */
export function apiBase(url: string): string {
  return `${url.replace(/\/$/, '')}/api/v1`
}

export function createHttp(options: { url: string; tokens: 'cookie' | 'body' }): Http {
  const base = apiBase(options.url)

  return {
    async ask(name, input, { token, timeoutMs = CALL_TIMEOUT_MS } = {}) {
      const found = routeOf(name)
      const route = found instanceof Promise ? await found : found
      const request = requestOf(route.http, input)
      let response: Response
      let answer: unknown
      try {
        response = await fetch(base + request.path, {
          method: request.method,
          headers: {
            accept: 'application/json',
            ...(request.body === null ? {} : { 'content-type': 'application/json' }),
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: request.body,
          credentials: options.tokens === 'cookie' ? 'same-origin' : 'omit',
          cache: 'no-store',
          signal: AbortSignal.timeout(timeoutMs),
        })
        const text = await response.text()
        answer = text === '' ? {} : parsed(text)
      } catch (cause) {
        throw unreachable(cause)
      }
      if (!response.ok || answer === undefined) throw problem(response.status, answer)
      // The server's word for it: answers are made from the same table.
      return answer as Output<typeof name>
    },
  }
}

/** Path parameters out of the input; the rest is the query of a GET, else the JSON body. */
function requestOf(route: string, input: unknown): { method: string; path: string; body: string | null } {
  const [method = 'GET', pattern = '/'] = route.split(' ')
  const rest: Record<string, unknown> = { ...(input as Record<string, unknown>) }
  const path = pattern.replaceAll(/:([A-Za-z]+)/g, (_, key: string) => {
    const value = rest[key]
    delete rest[key]
    return encodeURIComponent(String(value))
  })
  if (method !== 'GET') return { method, path, body: JSON.stringify(rest) }
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) query.set(key, inQuery(value))
  const search = query.toString()
  return { method, path: search === '' ? path : `${path}?${search}`, body: null }
}

/** A text as it is; what else an operation has (numbers, lists) as JSON. */
function inQuery(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Nobody answered, or nobody in time: worth another attempt. */
export function unreachable(cause?: unknown): PalabreError {
  return new PalabreError('STORE_UNAVAILABLE', { details: { reason: 'unreachable' }, cause })
}

/** What an answer that is not ours to ask for says, from its status and text. */
export function answerError(status: number, text: string): PalabreError {
  return problem(status, parsed(text))
}

function problem(status: number, answer: unknown): PalabreError {
  const error = errorFrom(answer)
  if (error) return error
  // Not ours: a proxy in between, or a page of someone else's.
  if (status === 429) return new PalabreError('RATE_LIMITED')
  if (status === 413) return new PalabreError('PACKET_TOO_LARGE')
  if (status === 404) return new PalabreError('NOT_FOUND')
  return unreachable()
}

/** Reads `{ code, details?, retryAfterMs? }`; null if it is not that. */
export function errorFrom(value: unknown): PalabreError | null {
  if (typeof value !== 'object' || value === null || !('code' in value)) return null
  const { code } = value
  // A newer server may have codes that this client does not know.
  const known: ErrorCode = isErrorCode(code) ? code : 'INTERNAL'
  const details = 'details' in value && isRecord(value.details) ? { details: value.details } : {}
  const retryAfterMs =
    'retryAfterMs' in value && typeof value.retryAfterMs === 'number'
      ? { retryAfterMs: value.retryAfterMs }
      : {}
  return new PalabreError(known, { ...details, ...retryAfterMs })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
