// Port: what nodes must know of each other and the store does not keep: who is there (PRES-1), who watches
// whom, and which sessions have just ended. One node has it in memory; several share it.
// Nothing here has to survive, and nothing here decides a right (P5).
import type { SessionId, Status, UserId } from '@palabre/protocol'

export interface Present {
  userId: UserId
  status: Status
  /** When the last socket left, ms since 1970; null while someone is there or when nobody knows. */
  lastSeen: number | null
}

export interface PresenceChange extends Present {
  /** Users of this node with a socket that watches `userId`. */
  watcherIds: UserId[]
}

export interface PresenceRegistry {
  /** A socket has been authenticated: its user is online. */
  connect(socket: { socketId: string; userId: UserId; sessionId: SessionId }): void
  /** Idempotent. The user is offline when no other socket is there after the grace (PRES-1). */
  disconnect(socketId: string): void
  /** In use or idle: one socket, or all of a session's when `socketId` is null. */
  setStatus(device: { sessionId: SessionId; socketId: string | null }, status: 'online' | 'away'): void
  /** Replaces what the socket watches. Gone with the socket. */
  watch(socketId: string, userIds: UserId[]): void
  /** How they are now, in the order asked for. */
  of(userIds: UserId[]): Promise<Present[]>
  /** Calls for every change of a user's status; answers how to stop. */
  onChange(listener: (change: PresenceChange) => void): () => void
}

export interface Cluster {
  readonly nodeId: string
  readonly presence: PresenceRegistry
  readonly sessions: {
    /** Tells every node, this one too, that these are over: what is remembered of them goes. */
    ended(sessionIds: SessionId[]): void
    onEnded(listener: (sessionIds: SessionId[]) => void): () => void
  }
  /** Forgets timers and listeners. */
  close(): Promise<void>
}
