// The fanout port over Socket.IO's rooms: `c:<id>` hears a conversation, `user:<id>` a person's devices,
// `session:<id>` one device. An event of a room is encoded once, whatever its size. Rooms are only for speed:
// before an event of a conversation leaves, the room is held against the members as of the event's
// `membersRev`, and sockets of others are put out of it (MEM-1, SEC-7).
import { limits, type ConversationId, type EventName, type Notice, type UserId } from '@palabre/protocol'
import type { Logger } from 'pino'
import type { Fanout } from '../core/fanout.ts'
import type { Memberships } from '../core/memberships.ts'
import type { MembersView } from '../store/port/members.ts'
import { createBatches } from './batches.ts'
import type { Sockets } from './live-sockets.ts'

export const roomOf = {
  conversation: (id: ConversationId) => `c:${id}`,
  user: (id: UserId) => `user:${id}`,
  session: (id: string) => `session:${id}`,
}

export interface FanoutParts {
  sockets: Sockets
  memberships: Pick<Memberships, 'known' | 'view' | 'forget'>
  logger: Logger
  fannedOut(sockets: number): void
}

interface ToRoom {
  except?: UserId[]
  exceptSocketId?: string
  volatile?: boolean
}

export function createFanout({
  sockets,
  memberships,
  logger,
  fannedOut,
}: FanoutParts): Fanout & { close(): void } {
  // This process's adapter joins and leaves at once; only other adapters answer promises.
  const rooms = sockets.adapter
  /** Conversations whose room holds members only, as of this `membersRev`. */
  const checked = new Map<ConversationId, number>()
  /** Conversations whose view is being read: what is to be told waits, in order. */
  const waiting = new Map<ConversationId, (() => void)[]>()

  const userBatches = createBatches<UserId>(limits.batchMs, (userId, notices) => {
    const theirs = notices.filter((notice) => isStillTheirs(userId, notice))
    if (theirs.length > 0) emitNotices(roomOf.user(userId), theirs, {})
  })
  const conversationBatches = createBatches<string>(limits.batchMs, (key, notices) => {
    const { conversationId, membersRev, except } = JSON.parse(key) as ReturnType<typeof batchOf>
    whenCurrent(conversationId, membersRev, () =>
      emitNotices(roomOf.conversation(conversationId), notices, { except }),
    )
  })

  /** They may have been removed while it was gathered (MEM-2). Members that nobody knows: say nothing, `sync` does. */
  function isStillTheirs(userId: UserId, notice: Notice): boolean {
    if (notice.event === 'contact_status_changed') return true
    return memberships.known(notice.conversationId)?.members.has(userId) === true
  }

  function emitNotices(room: string, notices: Notice[], options: ToRoom) {
    const [first] = notices
    if (notices.length === 1 && first?.event === 'contact_status_changed') {
      const { event, ...presence } = first
      emit(room, event, presence, options)
    } else {
      emit(room, 'notifications_batch', notices, options)
    }
  }

  function emit(room: string, event: EventName, data: unknown, options: ToRoom) {
    // Encoding for a room without sockets would be for nobody.
    if (!rooms.rooms.has(room)) return
    let target = sockets.to(room)
    for (const userId of options.except ?? []) target = target.except(roomOf.user(userId))
    if (options.exceptSocketId !== undefined) target = target.except(options.exceptSocketId)
    if (options.volatile === true) target = target.volatile
    target.emit(event, data)
  }

  /** Runs at once when the members are known as of `membersRev`, else after reading them; in order. */
  function whenCurrent(conversationId: ConversationId, membersRev: number, tell: () => void) {
    const room = roomOf.conversation(conversationId)
    if (!rooms.rooms.has(room)) return
    const queue = waiting.get(conversationId)
    if (queue !== undefined) {
      queue.push(() => whenCurrent(conversationId, membersRev, tell))
      return
    }
    const view = memberships.known(conversationId)
    if (view !== null && view.membersRev >= membersRev) {
      evictOthers(room, view)
      tell()
      return
    }
    waiting.set(conversationId, [])
    if (view !== null) memberships.forget(conversationId)
    memberships
      .view(conversationId)
      .then((loaded) => {
        // Still older than the event: say nothing rather than to the wrong people; `sync` brings it (P5).
        if (loaded === null || loaded.membersRev < membersRev) return
        evictOthers(room, loaded)
        tell()
      })
      .catch((error: unknown) =>
        logger.error({ err: error }, 'members could not be read: an event was not told'),
      )
      .finally(() => {
        const queued = waiting.get(conversationId) ?? []
        waiting.delete(conversationId)
        for (const next of queued) next()
      })
  }

  function evictOthers(room: string, view: MembersView) {
    if (checked.get(view.conversationId) === view.membersRev) return
    for (const socketId of [...(rooms.rooms.get(room) ?? [])]) {
      const userId = sockets.userOf(socketId)
      if (userId === null || !view.members.has(userId)) void rooms.del(socketId, room)
    }
    if (rooms.rooms.has(room)) checked.set(view.conversationId, view.membersRev)
    else checked.delete(view.conversationId)
  }

  function join(socketIds: Iterable<string>, conversationId: ConversationId) {
    checked.delete(conversationId)
    for (const socketId of [...socketIds])
      void rooms.addAll(socketId, new Set([roomOf.conversation(conversationId)]))
  }

  return {
    toConversation(conversationId, membersRev, event, data, options = {}) {
      whenCurrent(conversationId, membersRev, () => {
        const room = roomOf.conversation(conversationId)
        if (options.volatile !== true) fannedOut(rooms.rooms.get(room)?.size ?? 0)
        emit(room, event, data, options)
      })
    },
    toUser(userId, event, data) {
      emit(roomOf.user(userId), event, data, {})
    },
    notifyUser(userId, notice) {
      if (rooms.rooms.has(roomOf.user(userId))) userBatches.add(userId, notice)
    },
    notifyConversation(conversationId, membersRev, notice, options = {}) {
      if (!rooms.rooms.has(roomOf.conversation(conversationId))) return
      conversationBatches.add(
        JSON.stringify(batchOf(conversationId, membersRev, options.except ?? [])),
        notice,
      )
    },
    join(userId, conversationId) {
      join(rooms.rooms.get(roomOf.user(userId)) ?? [], conversationId)
    },
    leave(userId, conversationId) {
      for (const socketId of [...(rooms.rooms.get(roomOf.user(userId)) ?? [])]) {
        sockets.left(socketId, conversationId)
        void rooms.del(socketId, roomOf.conversation(conversationId))
      }
    },
    joinSocket(socketId, conversationId) {
      if (sockets.userOf(socketId) !== null) join([socketId], conversationId)
    },
    leaveSocket(socketId, conversationId) {
      void rooms.del(socketId, roomOf.conversation(conversationId))
    },
    endSession(sessionId, reason) {
      const room = roomOf.session(sessionId)
      emit(room, 'session_ended', { reason }, {})
      sockets.in(room).disconnectSockets(true)
    },
    close() {
      userBatches.close()
      conversationBatches.close()
    },
  }
}

function batchOf(conversationId: ConversationId, membersRev: number, except: UserId[]) {
  return { conversationId, membersRev, except: [...except].sort() }
}
