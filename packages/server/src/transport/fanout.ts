// The fanout port over Socket.IO's rooms: `c:<id>` hears a conversation, `user:<id>` a person's devices,
// `session:<id>` one device. An event of a room is encoded once, whatever its size. Rooms are only for speed:
// before an event of a conversation leaves, the room is held against the members as of the event's
// `membersRev`, and sockets of others are put out of it (MEM-1, SEC-7). With several nodes each tells its own sockets at
// once, and the others what to tell theirs (`room-words.ts`); there the same is decided again.
import { limits, type ConversationId, type EventName, type Notice, type UserId } from '@palabre/protocol'
import type { Logger } from 'pino'
import type { ClusterObserver } from '../cluster/port.ts'
import type { Fanout } from '../core/fanout.ts'
import type { Memberships } from '../core/memberships.ts'
import type { MembersView } from '../store/port/members.ts'
import { createBatches } from './batches.ts'
import type { Sockets } from './live-sockets.ts'
import { createRoomWords, type RoomWord } from './room-words.ts'

const conversationPrefix = 'c:'
export const roomOf = {
  conversation: (id: ConversationId) => `${conversationPrefix}${id}`,
  user: (id: UserId) => `user:${id}`,
  session: (id: string) => `session:${id}`,
}

export interface FanoutParts {
  sockets: Sockets
  memberships: Pick<Memberships, 'known' | 'view'>
  logger: Logger
  fannedOut(sockets: number): void
  /** Absent where there are no other nodes. */
  others?: { epoch: string; isUp(): boolean; observer: ClusterObserver }
}

/** What this node's sockets have been told, for whoever looks for what they were not (`rounds.ts`). */
export interface LocalFanout extends Fanout {
  /** Conversations with a socket here, and the highest rev that all their sockets were told, or had to ask for. */
  readonly heads: ReadonlyMap<ConversationId, number>
  /**
   * Conversations that are heard from other nodes since the last time this was asked: what was said while Redis had not
   * yet been told that this node listens went by.
   */
  takeJoined(): ConversationId[]
  /** Lets members in and others out, as members are now, and tells those. */
  recheck(conversationId: ConversationId, membersRev: number): Promise<void>
  /** To each of the conversation's sockets here that belongs to a member, once. */
  hint(heads: ReadonlyMap<ConversationId, number>): void
  /** To all sockets here: what leaves no trace in a conversation's revs may have gone by (SYNC-9). */
  remind(): void
  close(): void
}

interface ToRoom {
  except?: UserId[]
  exceptSocketId?: string
  volatile?: boolean
}

export function createFanout({ sockets, memberships, logger, fannedOut, others }: FanoutParts): LocalFanout {
  // A room is joined and left at once; only what other adapters answer is a promise.
  const rooms = sockets.adapter
  /** Conversations whose room holds members only, as of this `membersRev`. */
  const checked = new Map<ConversationId, number>()
  /** Conversations whose view is being read: what is to be told waits, in order. */
  const waiting = new Map<ConversationId, (() => void)[]>()
  const heads = new Map<ConversationId, number>()
  let joined = new Set<ConversationId>()
  const words = others === undefined ? null : createRoomWords({ ...others, adapter: rooms, onWord: hear })

  rooms.on('delete-room', (room: string) => {
    if (!room.startsWith(conversationPrefix)) return
    const conversationId = room.slice(conversationPrefix.length) as ConversationId
    checked.delete(conversationId)
    heads.delete(conversationId)
  })

  const userBatches = createBatches<UserId>(limits.batchMs, (userId, notices) => {
    const theirs = notices.filter((notice) => isStillTheirs(userId, notice))
    if (theirs.length > 0) emitNotices(roomOf.user(userId), theirs, {})
    const forAll = theirs.filter((notice) => notice.event === 'marks')
    if (forAll.length > 0) words?.say(roomOf.user(userId), { is: 'notices', userId, notices: forAll })
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
    memberships
      .view(conversationId, membersRev)
      .then((loaded) => {
        // Still older than the event: say nothing rather than to the wrong people; `sync` brings it (P5).
        if (loaded === null || loaded.membersRev < membersRev) return others?.observer.dropped('members')
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
    const { conversationId } = view
    if (checked.get(conversationId) === view.membersRev) return
    const evicted = new Set<UserId>()
    for (const socketId of [...(rooms.rooms.get(room) ?? [])]) {
      const userId = sockets.userOf(socketId)
      if (userId !== null && view.members.has(userId)) continue
      if (userId !== null) evicted.add(userId)
      void rooms.del(socketId, room)
    }
    if (rooms.rooms.has(room)) checked.set(conversationId, view.membersRev)
    if (others !== undefined && evicted.size > 0) {
      settle(conversationId, evicted).catch((error: unknown) =>
        logger.warn({ err: error }, 'members could not be read: somebody was not told to leave'),
      )
    }
  }

  /** Of these this node had not heard that they left, or that they came: they learn it, or are let in again. */
  async function settle(conversationId: ConversationId, userIds: Iterable<UserId>) {
    const members = (await memberships.view(conversationId))?.members
    for (const userId of userIds) {
      if (members?.has(userId) === true) joinUser(userId, conversationId)
      else emit(roomOf.user(userId), 'conversation_removed', { conversationId }, {})
    }
  }

  /** `rev`: how far a socket that comes in now will have asked for by itself. */
  function join(socketIds: Iterable<string>, conversationId: ConversationId, rev?: number) {
    checked.delete(conversationId)
    const room = roomOf.conversation(conversationId)
    const isNew = !rooms.rooms.has(room)
    for (const socketId of [...socketIds]) void rooms.addAll(socketId, new Set([room]))
    if (!isNew || !rooms.rooms.has(room)) return
    heads.set(conversationId, rev ?? 0)
    // A socket that comes in (`rev`) waits for the room to be heard before it asks what it missed.
    if (words !== null && rev === undefined) void sockets.settled().then(() => joined.add(conversationId))
  }

  function tellConversation<N extends EventName>(
    conversationId: ConversationId,
    membersRev: number,
    event: N,
    data: unknown,
    options: ToRoom,
  ) {
    whenCurrent(conversationId, membersRev, () => {
      const room = roomOf.conversation(conversationId)
      if (options.volatile !== true) fannedOut(rooms.rooms.get(room)?.size ?? 0)
      emit(room, event, data, options)
      const rev = revOf(data)
      if (rev > (heads.get(conversationId) ?? rev)) heads.set(conversationId, rev)
    })
  }

  /** The sockets that are not there and have not left by themselves. */
  function joinUser(userId: UserId, conversationId: ConversationId) {
    const all = [...(rooms.rooms.get(roomOf.user(userId)) ?? [])]
    const missing = all.filter((socketId) => isMissing(socketId, conversationId))
    if (missing.length > 0) join(missing, conversationId)
  }

  /** As a new member: what they left before counts no more. */
  function welcome(userId: UserId, conversationId: ConversationId) {
    for (const socketId of rooms.rooms.get(roomOf.user(userId)) ?? [])
      sockets.wants(socketId, conversationId, true)
    joinUser(userId, conversationId)
  }

  function isMissing(socketId: string, conversationId: ConversationId): boolean {
    const isIn = rooms.sids.get(socketId)?.has(roomOf.conversation(conversationId)) === true
    return !isIn && sockets.isWanted(socketId, conversationId)
  }

  function leaveUser(userId: UserId, conversationId: ConversationId) {
    for (const socketId of [...(rooms.rooms.get(roomOf.user(userId)) ?? [])]) {
      sockets.left(socketId, conversationId)
      void rooms.del(socketId, roomOf.conversation(conversationId))
    }
  }

  /** From another node. What it says of a user's own conversations is held against the members as well. */
  function hear(word: RoomWord) {
    switch (word.is) {
      case 'conversation': {
        const { conversationId, membersRev, event, data, except, isVolatile } = word
        return tellConversation(conversationId, membersRev, event, data, { except, volatile: isVolatile })
      }
      case 'user':
        return emit(roomOf.user(word.userId), word.event, word.data, {})
      case 'join':
        return welcome(word.userId, word.conversationId)
      case 'leave':
        return leaveUser(word.userId, word.conversationId)
      case 'notices':
        Promise.all(word.notices.map((notice) => isTheirsNow(word.userId, notice)))
          .then((are) => {
            const theirs = word.notices.filter((_, index) => are[index])
            if (theirs.length > 0) emitNotices(roomOf.user(word.userId), theirs, {})
          })
          .catch((error: unknown) => logger.warn({ err: error }, 'a notice could not be told'))
    }
  }

  async function isTheirsNow(userId: UserId, notice: Notice): Promise<boolean> {
    if (notice.event === 'contact_status_changed') return true
    return (await memberships.view(notice.conversationId))?.members.has(userId) === true
  }

  return {
    heads,
    takeJoined() {
      const ids = [...joined].filter((id) => heads.has(id))
      joined = new Set()
      return ids
    },
    toConversation(conversationId, membersRev, event, data, options = {}) {
      tellConversation(conversationId, membersRev, event, data, options)
      const { except = [], volatile: isVolatile = false } = options
      words?.say(roomOf.conversation(conversationId), {
        is: 'conversation',
        conversationId,
        membersRev,
        event,
        data,
        except,
        isVolatile,
      })
    },
    toUser(userId, event, data) {
      emit(roomOf.user(userId), event, data, {})
      words?.say(roomOf.user(userId), { is: 'user', userId, event, data })
    },
    notifyUser(userId, notice) {
      const isFar = words !== null && notice.event === 'marks'
      if (isFar || rooms.rooms.has(roomOf.user(userId))) userBatches.add(userId, notice)
    },
    notifyConversation(conversationId, membersRev, notice, options = {}) {
      if (!rooms.rooms.has(roomOf.conversation(conversationId))) return
      conversationBatches.add(
        JSON.stringify(batchOf(conversationId, membersRev, options.except ?? [])),
        notice,
      )
    },
    isHeard: (conversationId) => rooms.rooms.has(roomOf.conversation(conversationId)),
    join(userId, conversationId) {
      welcome(userId, conversationId)
      words?.say(roomOf.user(userId), { is: 'join', userId, conversationId })
    },
    leave(userId, conversationId) {
      leaveUser(userId, conversationId)
      words?.say(roomOf.user(userId), { is: 'leave', userId, conversationId })
    },
    joinSocket(socketId, conversationId, rev) {
      if (sockets.userOf(socketId) === null) return
      sockets.wants(socketId, conversationId, true)
      join([socketId], conversationId, rev)
    },
    leaveSocket(socketId, conversationId) {
      sockets.wants(socketId, conversationId, false)
      void rooms.del(socketId, roomOf.conversation(conversationId))
    },
    async mendSocket(socketId, conversationIds) {
      if (sockets.userOf(socketId) === null) return false
      const missing = conversationIds.filter((id) => isMissing(socketId, id))
      for (const id of missing) join([socketId], id)
      if (missing.length > 0) await sockets.settled()
      return missing.length > 0
    },
    async recheck(conversationId, membersRev) {
      const view = await memberships.view(conversationId, membersRev)
      if (view === null) return
      evictOthers(roomOf.conversation(conversationId), view)
      for (const userId of view.members.keys()) joinUser(userId, conversationId)
    },
    hint(moved) {
      const bySocket = new Map<string, Record<string, number>>()
      for (const [conversationId, rev] of moved) {
        if (heads.has(conversationId)) heads.set(conversationId, rev)
        for (const socketId of rooms.rooms.get(roomOf.conversation(conversationId)) ?? []) {
          const theirs = bySocket.get(socketId) ?? {}
          bySocket.set(socketId, theirs)
          theirs[conversationId] = rev
        }
      }
      for (const [socketId, theirs] of bySocket) sockets.to(socketId).emit('sync_hint', { heads: theirs })
    },
    remind: () => void sockets.io.local.emit('sync_hint', { heads: {} }),
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

/** Of an event of the log; 0 for what has no place in it. */
function revOf(data: unknown): number {
  const rev: unknown = typeof data === 'object' && data !== null && 'rev' in data ? data.rev : 0
  return typeof rev === 'number' ? rev : 0
}

function batchOf(conversationId: ConversationId, membersRev: number, except: UserId[]) {
  return { conversationId, membersRev, except: [...except].sort() }
}
