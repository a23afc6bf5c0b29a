import type { Message } from '@palabre/protocol'
import type { MemberRow } from '../store/port/members.ts'

/** The one predicate for what a member may see (SYNC-8): reads, events, quotes and `lastMessage` ask it. */
export function isVisible(member: Pick<MemberRow, 'joinedSeq'>, message: Message, now: number): boolean {
  return message.seq >= member.joinedSeq && (message.expiresAt === null || message.expiresAt > now)
}
