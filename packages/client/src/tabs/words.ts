// What tabs say to each other. The one that leads numbers its news; the others ask it, and tell everyone what they
// have put into the shared cache themselves.
import {
  routes,
  PalabreError,
  PROTOCOL_VERSION,
  type ConversationId,
  type ErrorCode,
  type EventData,
  type MessageId,
  type OperationName,
  type Presence,
  type SessionId,
} from '@palabre/protocol'
import type { ConnectionState, UploadProgress } from '../api.ts'
import type { CacheWrite } from '../cache/port.ts'
import type { OutboxChange } from '../outbox/door.ts'
import type { Kept } from '../sync/replica.ts'

/** Raised with any change of the words below or of the cache's layout: tabs of another build do not mix. */
export const tabsVersion = PROTOCOL_VERSION * 1_000 + 2

/** What a follower wants of the tab that leads. */
export type Ask =
  | { do: 'call'; name: OperationName; input: unknown }
  | { do: 'sync'; what: 'whole' | readonly ConversationId[] }
  | { do: 'loadUntil'; id: ConversationId; seq: number }
  | { do: 'retry' | 'discard' | 'cancel'; id: ConversationId; messageId: MessageId }
  | { do: 'markRead'; id: ConversationId; seq: number }

/** One thing that happened in the tab that leads. */
export interface News {
  kept?: Kept
  outbox?: OutboxChange
  state?: ConnectionState
  typing?: EventData<'typing'>
  presence?: Presence
  /** How far the files of a message are. */
  upload?: { messageId: MessageId; progress: UploadProgress | null }
}

/** Who looks at a tab. */
export interface Attention {
  isVisible: boolean
  isFocused: boolean
}

export interface Told {
  code: ErrorCode
  details?: Record<string, unknown>
  retryAfterMs?: number
}

export type Word =
  /** From a tab that has come, or that looks anew; answered with `leads`. */
  | ({ say: 'hello' } & Attention)
  /** The same tab: someone came, or looked away. Answered with `level`. */
  | ({ say: 'looks' } & Attention)
  /**
   * To all: there is a new leader. To one: what came before news `n` is in the cache, or is `whole` where the
   * leader's cache keeps nothing.
   */
  | { say: 'leads'; n: number; state: ConnectionState; whole: CacheWrite | null; outbox: OutboxChange }
  | { say: 'news'; n: number; news: News }
  /** There is no news after number `n`. */
  | { say: 'level'; n: number }
  | { say: 'ask'; id: number; ask: Ask }
  /** After all the news that it caused. */
  | { say: 'answer'; id: number; n: number; value: unknown; error: Told | null }
  /** From a follower to all: what it put into the cache itself. */
  | { say: 'kept'; kept?: Kept; outbox?: OutboxChange }

/** What concerns everyone who has this browser's session, whoever leads and even if nobody is signed in. */
export type SessionWord =
  | { say: 'in' }
  | { say: 'over'; sessionId: SessionId | null; because: ErrorCode | null }
  /** Everything that an end of a session does has been done. */
  | { say: 'left' }

export interface Envelope {
  version: number
  from: string
  /** Null: all. */
  to: string | null
  word: Word
}

export function errorOf(told: Told): PalabreError {
  const { code, ...more } = told
  return new PalabreError(code, more)
}

export function toldOf(error: unknown): Told {
  if (!(error instanceof PalabreError)) return { code: 'INTERNAL' }
  return {
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  }
}

/** Whether it may be asked again of the next leader, when nobody knows what the last one did. */
export function isRepeatable(ask: Ask): boolean {
  if (ask.do !== 'call' || ask.name === 'createConversation') return true
  const route = routes[ask.name]
  return route !== undefined && !route.http.startsWith('POST ')
}
