// What a member may see (SYNC-8). One predicate for reads, events, search and `lastMessage`: `isSeen`. Pure.
// `isVisible` is the part of it that others decide (when one joined, what has expired); the rest is one's own: what one
// has cleared, or deleted for oneself (KEEP-6, KEEP-8), and what was said to one by whom one had blocked (BLK-2).
import { expireBody, hideMessage, isExpired, isSilenced, type Kept, type Message } from '@palabre/protocol'
import type { MemberRow } from '../store/port/members.ts'

/** A member with what they keep of the conversation. */
export interface Viewer extends MemberRow {
  readonly kept: Kept
  /** The first place that is theirs to see. */
  readonly fromSeq: number
}

export function viewerOf(member: MemberRow, kept: Kept): Viewer {
  return { ...member, kept, fromSeq: Math.max(member.joinedSeq, kept.clearedSeq + 1) }
}

/** `now`: ms since 1970. What has expired is there for nobody from that moment on, though it is purged later (DIS-2). */
export function isVisible(
  member: Pick<MemberRow, 'joinedSeq'>,
  message: Pick<Message, 'seq' | 'expiresAt' | 'deletedAt'>,
  now: number,
): boolean {
  return message.seq >= member.joinedSeq && (message.deletedAt !== null || !isExpired(message, now))
}

/** Whether a message is there for somebody. */
export function isSeen(
  viewer: Viewer,
  message: Pick<Message, 'id' | 'seq' | 'senderId' | 'kind' | 'expiresAt' | 'deletedAt'>,
  now: number,
): boolean {
  return isVisible({ joinedSeq: viewer.fromSeq }, message, now) && !isUnseen(viewer, message)
}

/** Deleted for oneself, or never to be told. */
function isUnseen(
  { kept, userId }: Pick<Viewer, 'kept' | 'userId'>,
  message: Pick<Message, 'id' | 'seq' | 'senderId' | 'kind'>,
): boolean {
  return kept.hidden.has(message.id) || isSilenced(kept.silences, message, userId)
}

/**
 * A stretch of the log as it comes to somebody: without what is not theirs; what they have deleted for themselves, and
 * what has expired, keeps its place, empty, so that windows have no hole and digests are those of the log (KEEP-8, DIG-3).
 */
export function shownTo(viewer: Viewer, messages: readonly Message[], now: number): Message[] {
  return messages
    .filter((message) => message.seq >= viewer.fromSeq)
    .map((message) => (isUnseen(viewer, message) ? hideMessage(message) : expireBody(message, now)))
}
