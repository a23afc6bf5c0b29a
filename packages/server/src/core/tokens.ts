import type { SessionId, UserId } from '@palabre/protocol'
import type { SessionRow } from '../store/port/sessions.ts'

export interface Authenticated {
  userId: UserId
  sessionId: SessionId
  /** When the token ends, ms since 1970. */
  expiresAt: number
}

export interface TokenSet {
  accessToken: string
  /** Of the access token, ms since 1970. */
  expiresAt: number
  refreshToken: string
}

export interface Tokens {
  /** Who a token speaks for, over HTTP and socket alike. Confirms the refresh token it was made with.
   *  @throws TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED, SESSION_UNKNOWN */
  authenticate(token: string): Promise<Authenticated>
  /** Signs a device in; the oldest unused session beyond the limit ends. */
  open(userId: UserId, deviceName: string): Promise<{ session: SessionRow; tokens: TokenSet }>
  /** @throws REFRESH_INVALID, REFRESH_REUSED, SESSION_ENDED, SESSION_UNKNOWN */
  refresh(refreshToken: string): Promise<TokenSet>
  /** Ends a session and closes its sockets. False when there was none. */
  end(sessionId: SessionId): Promise<boolean>
  /** Ends all of a user's sessions but one (or all); answers how many. */
  endOthers(userId: UserId, keep: SessionId | null): Promise<number>
  /** Ends what was unused for too long or is too old; answers how many. */
  sweep(): Promise<number>
}
