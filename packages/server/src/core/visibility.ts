// What a member may see (SYNC-8). One predicate for reads, events, quotes and `lastMessage`. Pure.
import type { Message } from '@palabre/protocol'
import type { MemberRow } from '../store/port/members.ts'

/** `now`: ms since 1970; what has expired is seen by nobody (EXP-1). */
export function isVisible(
  member: Pick<MemberRow, 'joinedSeq'>,
  message: Pick<Message, 'seq' | 'expiresAt'>,
  now: number,
): boolean {
  return message.seq >= member.joinedSeq && (message.expiresAt === null || message.expiresAt > now)
}
