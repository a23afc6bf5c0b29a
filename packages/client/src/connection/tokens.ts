// The access token of this process and its renewal: one refresh at a time, across tabs too where the lock reaches.
// Renewed at 80 % of its life; the access token is never stored (SEC-31). Errors that end a session are told apart
// from a network that is down.
import { limits, PalabreError, type ErrorCode } from '@palabre/protocol'
import type { SessionStorage } from '../api.ts'
import type { Http } from './http.ts'

/** Runs a job alone: among the tabs of a browser, or only in this process. */
export type Exclusively = <T>(job: () => Promise<T>) => Promise<T>

export interface Tokens {
  /** A token that is still good for a while; renews it first where it is not. */
  fresh(): Promise<string>
  /** Another one, whatever the present one's age: the server refused it. */
  renew(): Promise<string>
  set(grant: { accessToken: string; expiresAt: number }): void
  clear(): void
  /** Milliseconds until the next renewal is due; null without a token. */
  dueInMs(): number | null
}

/** Share of a token's life after which it is renewed. */
const RENEW_AT = 0.8

/** Reasons that no further attempt can mend: someone has to sign in again. */
export function endsSession(code: ErrorCode): boolean {
  return (
    code === 'SESSION_ENDED' ||
    code === 'SESSION_UNKNOWN' ||
    code === 'REFRESH_INVALID' ||
    code === 'REFRESH_REUSED'
  )
}

export function createTokens(options: {
  http: Http
  mode: 'cookie' | 'body'
  sessions: SessionStorage
  exclusively: Exclusively
  now: () => number
}): Tokens {
  const { http, mode, sessions, exclusively, now } = options
  let held: { token: string; renewAt: number } | null = null
  let renewal: Promise<string> | null = null
  /** Grows at every sign-in and sign-out: an answer for an earlier one is dropped. */
  let turn = 0

  function set(grant: { accessToken: string; expiresAt: number }) {
    held = { token: grant.accessToken, renewAt: now() + lifeMs(grant, now()) * RENEW_AT }
  }

  async function refresh(): Promise<string> {
    const mine = turn
    const stored = await sessions.load()
    if (mode === 'body' && !stored?.refreshToken) throw new PalabreError('REFRESH_INVALID')
    const grant = await http.ask(
      'refresh',
      mode === 'body' && stored?.refreshToken
        ? { refreshToken: stored.refreshToken, tokens: 'body' }
        : { tokens: 'cookie' },
    )
    if (mine !== turn) throw new PalabreError('SESSION_ENDED')
    // The successor is durable before it is needed: the old one ends the session once it is used twice (§4.4).
    if (stored && grant.refreshToken !== undefined)
      await sessions.save({ ...stored, refreshToken: grant.refreshToken })
    set(grant)
    return grant.accessToken
  }

  function renew(): Promise<string> {
    renewal ??= exclusively(refresh).finally(() => {
      renewal = null
    })
    return renewal
  }

  return {
    fresh: () => (held && held.renewAt > now() ? Promise.resolve(held.token) : renew()),
    renew,
    set(grant) {
      turn++
      set(grant)
    },
    clear() {
      turn++
      held = null
      renewal = null
    },
    dueInMs: () => (held ? Math.max(0, held.renewAt - now()) : null),
  }
}

/** From the token's own two times where they can be read: this device's clock may be wrong by hours. */
function lifeMs(grant: { accessToken: string; expiresAt: number }, now: number): number {
  try {
    const claims: unknown = JSON.parse(
      atob(grant.accessToken.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''),
    )
    if (typeof claims === 'object' && claims !== null && 'iat' in claims && 'exp' in claims) {
      const life = (Number(claims.exp) - Number(claims.iat)) * 1_000
      if (life > 0) return life
    }
  } catch {
    // Not a token that we can read: the server's clock has to do.
  }
  return Math.min(Math.max(grant.expiresAt - now, 30_000), limits.accessTokenMs)
}

/** Among all tabs of this origin where Web Locks exist; else among the callers of this process. */
export function refreshLock(): Exclusively {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  if (!locks) return (job) => job()
  return async <T>(job: () => Promise<T>): Promise<T> => await locks.request('palabre-refresh', job)
}
