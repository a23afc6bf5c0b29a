// Who asks, and what a handler may use. A handler gets nothing else.
import type { Output, SessionId, UserId } from '@palabre/protocol'
import type { Logger } from 'pino'
import type { Log } from './log.ts'
import type { Fanout } from './fanout.ts'
import type { Store } from '../store/port/store.ts'
import type { Cluster } from '../cluster/port.ts'
import type { Config } from '../config.ts'
import type { Tokens } from './tokens.ts'
import type { Media } from './media/media.ts'
import type { Memberships } from './memberships.ts'
import type { Marks } from './marks.ts'
import type { PeopleRules } from './people/rules.ts'
import type { Pushes } from './push/pushes.ts'
import type { Assembly } from './assembly.ts'

/** Lives as long as the server. */
export interface Services {
  config: Config
  store: Store
  log: Log
  memberships: Memberships
  marks: Marks
  rules: PeopleRules
  assembly: Assembly
  media: Media
  fanout: Fanout
  cluster: Cluster
  tokens: Tokens
  pushes: Pushes
  logger: Logger
  /** How this node is now, for its operator. */
  health(): Output<'getHealth'>
  /** Milliseconds since 1970. */
  now(): number
  /** To be awaited before, and now and then during, work that thousands may ask for at once. */
  takeTurn(): Promise<void>
}

/** The refresh cookie, where the transport has one. */
export interface RefreshCookie {
  read(): string | null
  write(token: string): void
  /** The cookie by which media are fetched (MED-7). */
  writeMedia(pass: string): void
  /** Both. */
  clear(): void
}

/** Lives as long as one request. */
export interface PublicContext extends Services {
  requestId: string
  /** Truncated to /64 for IPv6: names a row of the rate limits, never logged whole. */
  address: string
  userAgent: string
  cookie: RefreshCookie | null
}

export interface Context extends PublicContext {
  userId: UserId
  sessionId: SessionId
  /** The socket that asks; null over HTTP. */
  socketId: string | null
}
