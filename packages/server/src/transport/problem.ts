// An error in words: on the wire of the socket, and as RFC 9457 problem details over HTTP. Codes are for
// programs, sentences for people, in their language; nothing internal is in either.
import { errorSentence, errors, languageOf, type PalabreError, type WireError } from '@palabre/protocol'
import type { IncomingHttpHeaders } from 'node:http'

export const problemType = 'application/problem+json'

export interface Problem extends Omit<WireError, 'message'> {
  type: 'about:blank'
  title: string
  status: number
  detail?: string
  requestId: string
}

export function languageOfHeaders(headers: IncomingHttpHeaders): string {
  return languageOf(headers['accept-language'] ?? '')
}

export function wireErrorOf(error: PalabreError, language: string): WireError {
  return {
    code: error.code,
    message: errorSentence(error.code, language),
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  }
}

export function problemOf(error: PalabreError, language: string, requestId: string): Problem {
  const { message, ...rest } = wireErrorOf(error, language)
  const { path, reason } = error.details ?? {}
  const detail =
    typeof reason === 'string' ? { detail: path === '' ? reason : `${String(path)}: ${reason}` } : {}
  return {
    type: 'about:blank',
    title: message,
    status: errors[error.code].status,
    ...rest,
    ...detail,
    requestId,
  }
}
