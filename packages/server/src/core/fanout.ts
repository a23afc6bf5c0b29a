// Port: telling sockets. Only `transport/fanout.ts` knows rooms.
import type { ConversationId, EventData, EventName, Notice, SessionId, UserId } from '@palabre/protocol'

export interface Fanout {
  /** To every socket of the conversation's present members; encoded once. `except`: users who are left out. */
  toConversation<N extends EventName>(
    conversationId: ConversationId,
    membersRev: number,
    event: N,
    data: EventData<N>,
    options?: { except?: UserId[]; exceptSocketId?: string; volatile?: boolean },
  ): void
  /** To all devices of one user. */
  toUser<N extends EventName>(userId: UserId, event: N, data: EventData<N>): void
  /** Gathered for at most 100 ms, the latest of each subject only, then one `notifications_batch` (the seed's section 8). */
  notifyUser(userId: UserId, notice: Notice): void
  notifyConversation(
    conversationId: ConversationId,
    membersRev: number,
    notice: Notice,
    options?: { except?: UserId[] },
  ): void
  /** All sockets of the user hear the conversation from now on / no more. */
  join(userId: UserId, conversationId: ConversationId): void
  leave(userId: UserId, conversationId: ConversationId): void
  joinSocket(socketId: string, conversationId: ConversationId): void
  leaveSocket(socketId: string, conversationId: ConversationId): void
  /** Says why, then closes the session's sockets. */
  endSession(sessionId: SessionId, reason: 'SESSION_ENDED' | 'SESSION_UNKNOWN'): void
}
