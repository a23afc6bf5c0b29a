// PURE: what a person has decided about others (BLK-1 … BLK-5, PRIV-1 … PRIV-5, REQ-1 … REQ-5), read from the account's log
// by both ends: whom they have blocked, who may see what of them, whose first words they have not answered yet. The server
// alone knows the two sides; what follows from them is its `core/people`. Schemas are elsewhere.
import type { AccountValue, BlockValue, NoticeValue } from '../account.ts'
import type { ConversationId, UserId } from '../ids.ts'
import type { Message } from '../messages.ts'
import type { Audience, PrivacyMatter } from './audiences.ts'

/** Before every key of what a person has decided about others. */
export const peoplePrefix = 'people:'

export function blockKey(userId: UserId): string {
  return `${peoplePrefix}block:${userId}`
}

export function privacyKey(matter: PrivacyMatter): string {
  return `${peoplePrefix}may:${matter}`
}

/** In the log of who was written to. */
export function requestKey(userId: UserId): string {
  return `${peoplePrefix}request:${userId}`
}

/** The direct conversation's entry that says which of the other's words are not for one (BLK-2). */
export function silenceKey(conversationId: ConversationId): string {
  return `conversation:${conversationId}:silence`
}

/** What operators have decided about this person (REP-5). */
export function noticeKey(id: string): string {
  return `${peoplePrefix}notice:${id}`
}

export interface Rules {
  readonly blocked: ReadonlyMap<UserId, BlockValue>
  /** What was chosen; the rest is as usual (`audienceOf`). */
  readonly chosen: ReadonlyMap<PrivacyMatter, Audience>
  /** Whose first words wait for an answer (REQ-1). */
  readonly requests: ReadonlyMap<UserId, ConversationId>
  /** What operators had to say and one has not read yet, by its id. */
  readonly notices: ReadonlyMap<string, NoticeValue>
}

export const noRules: Rules = {
  blocked: new Map(),
  chosen: new Map(),
  requests: new Map(),
  notices: new Map(),
}

/** Reads the entries under `peoplePrefix`. Pure; `noRules` where there are none. */
export function rulesOf(entries: Iterable<{ key: string; value: AccountValue | null }>): Rules {
  const blocked = new Map<UserId, BlockValue>()
  const chosen = new Map<PrivacyMatter, Audience>()
  const requests = new Map<UserId, ConversationId>()
  const notices = new Map<string, NoticeValue>()
  for (const { key, value } of entries) {
    if (value === null || !key.startsWith(peoplePrefix)) continue
    const id = key.split(':')[2] ?? ''
    if ('isBlocked' in value) {
      if (value.isBlocked) blocked.set(id as UserId, value)
    } else if ('who' in value) chosen.set(id as PrivacyMatter, value.who)
    else if ('notice' in value) {
      if (!value.isRead) notices.set(id, value)
    } else if ('isAnswered' in value && !value.isAnswered) requests.set(id as UserId, value.conversationId)
  }
  const isNothing = blocked.size + chosen.size + requests.size + notices.size === 0
  return isNothing ? noRules : { blocked, chosen, requests, notices }
}

/**
 * Who may, as one chose it, or as it is without a choice (PRIV-1). `isOpen`: everybody here may find everybody, so that
 * nobody here is a stranger.
 */
export function audienceOf(
  { chosen }: Pick<Rules, 'chosen'>,
  matter: PrivacyMatter,
  isOpen: boolean,
): Audience {
  const isStrict = !isOpen && (matter === 'lastSeen' || matter === 'write' || matter === 'add')
  return chosen.get(matter) ?? (isStrict ? 'contacts' : 'everyone')
}

/** From one place to another, both included; null: to this day. */
export type Silence = readonly [from: number, to: number | null]

/** Whether somebody else said this while they were blocked (BLK-2). Pure. */
export function isSilenced(
  silences: readonly Silence[],
  { seq, senderId, kind }: Pick<Message, 'seq' | 'senderId' | 'kind'>,
  me: UserId,
): boolean {
  return (
    senderId !== me &&
    kind !== 'system' &&
    silences.some(([from, to]) => seq >= from && (to === null || seq <= to))
  )
}
