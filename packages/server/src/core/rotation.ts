// What becomes of a refresh token that is presented: the rule of SECURITY §4.4 as a pure function, and the
// token's text. The successor of a token is computed, so two tabs that race get the same one and nothing
// secret is stored; an answer that was lost on the way is given again; a token that is older than that was
// copied, and ends the session. Storing and signing are `tokens.ts`.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { SessionId } from '@palabre/protocol'
import type { SessionRow } from '../store/port/sessions.ts'

/** Tabs that race answer each other within this time. */
export const raceMs = 30_000

export type Verdict =
  /** It is the current one: its successor takes over. */
  | 'rotate'
  /** It is the one before, and its owner may not have got the answer: the current one again. */
  | 'again'
  /** It is older than that: someone has a copy. */
  | 'reused'
  /** It was never given out. */
  | 'invalid'

/** Judges token number `n` at `now`. Pure. */
export function judge(
  session: Pick<SessionRow, 'generation' | 'rotatedAt' | 'isConfirmed'>,
  n: number,
  now: number,
): Verdict {
  if (n > session.generation) return 'invalid'
  if (n === session.generation) return 'rotate'
  const isPrevious = n === session.generation - 1
  const mayBeLost = !session.isConfirmed || now - session.rotatedAt <= raceMs
  return isPrevious && mayBeLost ? 'again' : 'reused'
}

export interface RefreshParts {
  sessionId: SessionId
  n: number
  /** Of the store that the session was opened in: a restored one ends sessions as unknown, not as stolen. */
  epoch: string
  mac: string
}

/** `sid.n.epoch.mac`; the epoch is not secret. */
export function refreshText(
  key: Uint8Array,
  session: Pick<SessionRow, 'id' | 'salt'>,
  n: number,
  epoch: string,
): string {
  const place = `${session.id}.${n}.${Buffer.from(epoch, 'utf8').toString('base64url')}`
  return `${place}.${createHmac('sha256', key).update(`${place}.${session.salt}`).digest('base64url')}`
}

/** Null when it does not look like one of ours. */
export function parseRefresh(text: string): RefreshParts | null {
  const match = /^([0-9a-f-]{36})\.(\d{1,9})\.([\w-]{1,128})\.([\w-]{43})$/.exec(text)
  const [, id, n, epoch, mac] = match ?? []
  const sessionId = SessionId.safeParse(id)
  if (!sessionId.success || n === undefined || epoch === undefined || mac === undefined) return null
  return {
    sessionId: sessionId.data,
    n: Number(n),
    epoch: Buffer.from(epoch, 'base64url').toString('utf8'),
    mac,
  }
}

/** Compares the whole text in constant time. */
export function isSameText(a: string, b: string): boolean {
  const left = Buffer.from(a, 'utf8')
  const right = Buffer.from(b, 'utf8')
  return left.length === right.length && timingSafeEqual(left, right)
}
