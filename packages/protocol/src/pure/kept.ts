// PURE: what follows from what a person keeps for themselves (KEEP-1 … KEEP-9), for both ends: under which key of the
// account's log each thing is, which of two values stays, what is muted, put away, cleared, hidden. Schemas are elsewhere.
import type { AccountValue, ScheduleValue } from '../account.ts'
import type { ConversationId, MessageId, UserId } from '../ids.ts'
import type { KeepChange } from '../keeping.ts'
import { deleteBody } from './changes.ts'
import type { Message } from '../messages.ts'
import { blockKey, noticeKey, privacyKey, requestKey, type Silence } from './people.ts'

/**
 * What is kept when `given` comes to what is `held` (KEEP-1). Pure; the same object as `held` where that stays: what
 * was done later wins, of two at the same moment the one that comes last; what was cleared stays cleared.
 */
export function settleEntry(held: AccountValue | null, given: AccountValue | null): AccountValue | null {
  if (held === null || given === null || given.at === undefined) return given
  if ('clearedSeq' in held && 'clearedSeq' in given && given.clearedSeq !== held.clearedSeq)
    return given.clearedSeq > held.clearedSeq ? given : held
  if ((held.at ?? 0) > given.at) return held
  return JSON.stringify(held) === JSON.stringify(given) ? held : given
}

type Aspect = 'pin' | 'mute' | 'archive' | 'unread' | 'clear' | 'ask' | 'askers'

/** Before every key of one conversation, but drafts and stars. */
export function keptPrefix(conversationId: ConversationId): string {
  return `conversation:${conversationId}:`
}

export function keptKey(aspect: Aspect, conversationId: ConversationId): string {
  return `${keptPrefix(conversationId)}${aspect}`
}

export function hideKey(conversationId: ConversationId, id: MessageId): string {
  return `${keptPrefix(conversationId)}hide:${id}`
}

export function draftKey(conversationId: ConversationId): string {
  return `draft:${conversationId}`
}

export const starPrefix = 'star:'

export function starKey(conversationId: ConversationId, id: MessageId): string {
  return `${starPrefix}${conversationId}:${id}`
}

/** Which message an entry under `starPrefix` or `schedulePrefix` is about. */
export function messageOfKey(key: string): { conversationId: ConversationId; id: MessageId } {
  const [, conversationId, id] = key.split(':')
  return { conversationId: conversationId as ConversationId, id: id as MessageId }
}

export const schedulePrefix = 'scheduled:'

export function scheduleKey(conversationId: ConversationId, id: MessageId): string {
  return `${schedulePrefix}${conversationId}:${id}`
}

/** What is kept of a message that is to be sent later; null was taken back (SCH-1). Pure. */
export function scheduleOf({ at, message }: Extract<KeepChange, { keep: 'schedule' }>): ScheduleValue {
  const { sendAt, text, replyTo, mentions } = message ?? noMessage
  return { at, sendAt, text, replyTo, mentions, failed: null }
}
const noMessage = { sendAt: null, text: '', replyTo: null, mentions: [] }

export function contactKey(userId: UserId): string {
  return `contact:${userId}`
}

/** The entry that a change is about. */
export function keyOfChange(change: KeepChange): string {
  switch (change.keep) {
    case 'draft':
      return draftKey(change.conversationId)
    case 'star':
      return starKey(change.conversationId, change.id)
    case 'schedule':
      return scheduleKey(change.conversationId, change.id)
    case 'hide':
      return hideKey(change.conversationId, change.id)
    case 'name':
      return contactKey(change.userId)
    case 'block':
      return blockKey(change.userId)
    case 'privacy':
      return privacyKey(change.matter)
    case 'accept':
      return requestKey(change.userId)
    case 'notice':
      return noticeKey(change.id)
    default:
      return keptKey(change.keep, change.conversationId)
  }
}

/** What one person keeps of one conversation, as far as it decides what they see. */
export interface Kept {
  pinnedAt: number | null
  mutedUntil: number | null
  archive: { at: number; seq: number } | null
  isMarkedUnread: boolean
  /** 0: nothing was cleared. */
  clearedSeq: number
  isDeleted: boolean
  /** People who wait to be let in, as an admin was last told (LINK-3). */
  askers: number
  hidden: ReadonlySet<MessageId>
  /** Of a direct conversation: what the other said while they were blocked (BLK-2). */
  silences: readonly Silence[]
}

export const nothingKept: Kept = {
  pinnedAt: null,
  mutedUntil: null,
  archive: null,
  isMarkedUnread: false,
  clearedSeq: 0,
  isDeleted: false,
  askers: 0,
  hidden: new Set(),
  silences: [],
}

/** Reads the entries under `keptPrefix` of one conversation. Pure. */
export function keptOf(
  conversationId: ConversationId,
  entries: Iterable<{ key: string; value: AccountValue | null }>,
): Kept {
  const kept = { ...nothingKept }
  const hidden = new Set<MessageId>()
  const prefix = keptPrefix(conversationId)
  for (const { key, value } of entries) {
    if (value === null || !key.startsWith(prefix)) continue
    if ('isPinned' in value) kept.pinnedAt = value.isPinned ? value.at : null
    else if ('mutedUntil' in value) kept.mutedUntil = value.mutedUntil
    else if ('archivedSeq' in value)
      kept.archive = value.archivedSeq === null ? null : { at: value.at, seq: value.archivedSeq }
    else if ('isMarkedUnread' in value) kept.isMarkedUnread = value.isMarkedUnread
    else if ('clearedSeq' in value) {
      kept.clearedSeq = value.clearedSeq
      kept.isDeleted = value.isDeleted
    } else if ('silences' in value) kept.silences = value.silences
    else if ('askers' in value) kept.askers = value.askers
    else if ('hiddenSeq' in value) hidden.add(key.slice(`${prefix}hide:`.length) as MessageId)
  }
  return hidden.size > 0 ? { ...kept, hidden } : kept
}

/** Whether a conversation makes no noise now; who is mentioned is told all the same (KEEP-3). */
export function isMutedAt({ mutedUntil }: Pick<Kept, 'mutedUntil'>, now: number): boolean {
  return mutedUntil !== null && mutedUntil > now
}

/**
 * When it was put away, while it is (KEEP-4): what is said later brings it back, unless it is muted; null otherwise.
 * `lastSeq`: of the conversation.
 */
export function archivedAt(
  { archive, mutedUntil }: Pick<Kept, 'archive' | 'mutedUntil'>,
  lastSeq: number,
  now: number,
): number | null {
  if (archive === null) return null
  return lastSeq <= archive.seq || isMutedAt({ mutedUntil }, now) ? archive.at : null
}

/** Deleted for this person, and nothing has been said since (KEEP-7). */
export function isDeletedAt(
  { isDeleted, clearedSeq }: Pick<Kept, 'isDeleted' | 'clearedSeq'>,
  lastSeq: number,
) {
  return isDeleted && lastSeq <= clearedSeq
}

/** `deletedAt` of a message that one has deleted for oneself: a moment at which nobody deletes anything. */
const hiddenMark = 0

/** Deleted for oneself alone (KEEP-8): nothing of what it said is there, its place is, and it is not shown. */
export function isHidden({ deletedAt }: Pick<Message, 'deletedAt'>): boolean {
  return deletedAt === hiddenMark
}

/** The message as it comes to who has deleted it for themselves: its place and revs, so that digests hold. Pure. */
export function hideMessage(message: Message): Message {
  if (message.kind === 'system' || isHidden(message)) return message
  const by = { userId: message.senderId, isModerator: true, now: hiddenMark }
  return deleteBody({ ...message, deletedAt: null }, by)
}
