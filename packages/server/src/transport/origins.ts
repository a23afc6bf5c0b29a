// Which web pages may talk to this server: its own, and those that the operator names (SEC-3, SEC-4).
// A request without an Origin comes from no page (a bot, a script); it proves itself by its token.
import type { IncomingMessage } from 'node:http'
import type { Config } from '../config.ts'
import { isEncrypted, type TrustProxy } from './address.ts'

export interface Origins {
  /** True when the page that sent this may use the server; true without an Origin. */
  isAllowed(request: IncomingMessage): boolean
  /** The Origin, where the operator has named it as a foreign one. */
  foreign(request: IncomingMessage): string | null
  /** False for what another site's page sent: SameSite by ourselves, where cookies count (SEC-3). */
  isSameSite(request: IncomingMessage): boolean
}

export function createOrigins(
  config: Pick<Config, 'publicUrl' | 'isPublicUrlGiven' | 'allowedOrigins'>,
  trust: TrustProxy,
): Origins {
  const named = new Set(config.allowedOrigins)

  function isOwn(origin: string, request: IncomingMessage): boolean {
    if (origin === config.publicUrl) return true
    // Without PUBLIC_URL the server has as many names as ways to it; the browser tells which one it used.
    if (config.isPublicUrlGiven) return false
    const scheme = isEncrypted(request, trust) ? 'https' : 'http'
    return origin === `${scheme}://${request.headers.host ?? ''}`
  }

  return {
    isAllowed(request) {
      const { origin } = request.headers
      return origin === undefined || isOwn(origin, request) || named.has(origin)
    },
    foreign(request) {
      const { origin } = request.headers
      return origin !== undefined && named.has(origin) && !isOwn(origin, request) ? origin : null
    },
    isSameSite(request) {
      const { origin } = request.headers
      if (origin !== undefined) return isOwn(origin, request) || named.has(origin)
      const site = request.headers['sec-fetch-site']
      return site === undefined || site === 'same-origin' || site === 'none'
    },
  }
}
