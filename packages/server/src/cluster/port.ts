// Port: what nodes must know of each other and the store does not keep: who is there (PRES-1), which sessions have
// just ended, whose membership and marks have moved, how often somebody has asked. One node has it in memory;
// several tell each other.
// Nothing here has to survive, and nothing here decides a right: all of it may be gone, late or wrong at any time (P5).
import type { Adapter } from 'socket.io-adapter'
import type { ConversationId, MarkPair, SessionId, Status, UserId } from '@palabre/protocol'

export interface Present {
  userId: UserId
  status: Status
  /** When the last socket left, ms since 1970; null while someone is there or when nobody knows. */
  lastSeen: number | null
}

export interface PresenceChange extends Present {
  /** Users of this node with a socket that watches `userId`. */
  watcherIds: UserId[]
  /** It was a socket of this node that came, went or fell idle: this node keeps when they were last there. */
  isHere: boolean
}

export interface PresenceRegistry {
  /** A socket has been authenticated: its user is online. */
  connect(socket: { socketId: string; userId: UserId; sessionId: SessionId }): void
  /** Idempotent. The user is offline when no other socket is there, on any node, after the grace (PRES-1). */
  disconnect(socketId: string): void
  /** In use or idle: one socket, or all of a session's, on all nodes, when `socketId` is null. */
  setStatus(device: { sessionId: SessionId; socketId: string | null }, status: 'online' | 'away'): void
  /** Replaces what the socket watches. Gone with the socket. */
  watch(socketId: string, userIds: UserId[]): void
  /** How they are now, in the order asked for. */
  of(userIds: UserId[]): Promise<Present[]>
  /** Those of a user's sessions that somebody looks at just now, as far as this node holds their sockets. */
  inUse(userId: UserId): ReadonlySet<SessionId>
  /** Calls for every change of a user's status, on whatever node; answers how to stop. */
  onChange(listener: (change: PresenceChange) => void): () => void
}

/** How far a member of a conversation has got. */
export interface Mark extends MarkPair {
  conversationId: ConversationId
  userId: UserId
}

/** What other nodes have committed and this one may have in memory. */
export interface Commits {
  /** Tells the other nodes that members came, went or changed their role. */
  membersChanged(conversationId: ConversationId): void
  onMembersChanged(listener: (conversationId: ConversationId) => void): () => void
  /** Tells the other nodes that somebody has decided otherwise about others. */
  rulesChanged(userId: UserId): void
  onRulesChanged(listener: (userId: UserId) => void): () => void
  /** Tells the other nodes, gathered for a moment. */
  marked(mark: Mark): void
  onMarked(listener: (mark: Mark) => void): () => void
  /**
   * Since when every word of every other node has been heard, on `now`'s clock: what was read from the store since then
   * and was not spoken of is still so. Null while words may be missing; 0 where nobody else writes.
   */
  heardSince(): number | null
  /** Milliseconds, of a clock that is never set. */
  now(): number
}

/** Counts of one kind. What is counted is a key: never a name in clear where a hash would do. */
export interface Counter {
  /** Takes a point; answers how many ms to wait when there is none left, else 0. */
  take(key: string): Promise<number>
  /** Takes a point whatever is left; answers how many are taken. */
  count(key: string): Promise<number>
  giveBack(key: string): Promise<void>
  /** How many points are taken. */
  taken(key: string): Promise<number>
  /** Takes a point for another time than usual; answers as `take`. */
  takeFor(key: string, ms: number): Promise<number>
  forget(key: string): Promise<void>
}

export interface CounterRules {
  name: string
  points: number
  perMs: number
  /**
   * True: all nodes count together before they answer, for what is slow anyway (passwords, invitations).
   * False: the answer is at once, from what this node knows; the others' counts follow within a moment.
   */
  isStrict: boolean
}

export interface Cluster {
  readonly nodeId: string
  /** True where other nodes may write to the same store, whether or not they can be heard. */
  readonly isShared: boolean
  readonly presence: PresenceRegistry
  readonly commits: Commits
  readonly sessions: {
    /** Tells every node, this one too, that these are over: what is remembered of them goes. */
    ended(sessionIds: SessionId[]): void
    onEnded(listener: (sessionIds: SessionId[]) => void): () => void
  }
  readonly rates: { counter(rules: CounterRules): Counter }
  /** True while words reach other nodes and theirs reach this one. */
  isUp(): boolean
  /** Says goodbye, then forgets timers and listeners. */
  close(): Promise<void>
}

/** Rooms that reach over nodes: what Socket.IO asks for as `adapter`. */
export type SocketAdapter = (namespace: unknown) => Adapter

/** What is measured of words between nodes. */
export interface ClusterObserver {
  said(): void
  heard(): void
  /** `down`: not said, because nobody would hear it. The others: heard and not believed. */
  dropped(reason: DropReason): void
}

export type DropReason = 'down' | 'malformed' | 'epoch' | 'members'
