// Port: telling sockets, those of this node and of the others. Only `transport/fanout.ts` knows rooms.
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
  /**
   * Gathered for at most 100 ms, the latest of each subject only, then one `notifications_batch` (the seed's section 8).
   * Own marks go to the user's sockets on all nodes; ticks and presence to this node's, since each node knows them.
   */
  notifyUser(userId: UserId, notice: Notice): void
  /** As `notifyUser`, to the sockets of this node. */
  notifyConversation(
    conversationId: ConversationId,
    membersRev: number,
    notice: Notice,
    options?: { except?: UserId[] },
  ): void
  /** True when a socket of this node is in the conversation. */
  isHeard(conversationId: ConversationId): boolean
  /** All sockets of the user hear the conversation from now on / no more. */
  join(userId: UserId, conversationId: ConversationId): void
  leave(userId: UserId, conversationId: ConversationId): void
  /** `rev`: the head that the socket will at least have asked for. */
  joinSocket(socketId: string, conversationId: ConversationId, rev?: number): void
  /** The socket itself wants to hear no more of it. */
  leaveSocket(socketId: string, conversationId: ConversationId): void
  /** Joins a socket to those of `conversationIds` that it should be in and is not; true when there were any. */
  mendSocket(socketId: string, conversationIds: readonly ConversationId[]): Promise<boolean>
  /** Says why, then closes the session's sockets on this node. */
  endSession(sessionId: SessionId, reason: 'SESSION_ENDED' | 'SESSION_UNKNOWN'): void
}
