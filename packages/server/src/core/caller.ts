// Who asks, and from where: made by a transport, once for a connection or an HTTP request.
import type { SessionId, UserId } from '@palabre/protocol'
import type { RefreshCookie } from './context.ts'

export interface Caller {
  /** IPv6 truncated to /64: names a row of the rate limits, never logged whole. */
  address: string
  userAgent: string
  cookie: RefreshCookie | null
  /** Null before sign-in. */
  session: { userId: UserId; sessionId: SessionId; socketId: string | null } | null
}
