// The Socket.IO server with its exact settings (SECURITY §4.5), the gate before it, and the few questions
// that fan-out asks of live sockets. What sockets say is `socket.ts`'s business.
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { limits as bounds, type ConversationId, type SessionId, type UserId } from '@palabre/protocol'
import { Server, type DefaultEventsMap, type Socket } from 'socket.io'
import type { SocketAdapter } from '../cluster/port.ts'
import type { Config } from '../config.ts'
import type { Limits } from '../core/limits.ts'
import type { Turnstile } from '../core/turnstile.ts'
import { addressOf, type TrustProxy } from './address.ts'
import type { Deflate, DeflatedConnection } from './deflate.ts'
import type { Origins } from './origins.ts'
import { strictParser } from './strict-decoder.ts'

/** Written once, when the handshake has been verified (SEC-5). */
export interface SocketData {
  userId: UserId
  sessionId: SessionId
  address: string
  /** Empty once the socket is in its rooms. */
  token: string
  userAgent: string
  /** In which errors are said. */
  language: string
  expiresAt: number
  /** Left by someone else's doing while the rooms were being joined; null once they are (CON-1). */
  leftMeanwhile: Set<ConversationId> | null
  /** Which it has asked to hear no more of. */
  unwanted: Set<ConversationId> | null
}

export type LiveSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>
export type LiveServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>

const heartbeat = { everyMs: 25_000, answerMs: 20_000 }
/** A connection that says nothing is closed. */
const connectTimeoutMs = 10_000
/** Connections of one address: open ones, and those that have not said who they are. */
const perAddress = { open: 2_000, unknown: 500 }
/** Connections and catch-ups that wait for their turn; some seconds' worth. */
const waitingMax = 5_000
/** A room's channel is usually heard within a few milliseconds; nobody waits longer, `sync` mends it. */
const settleMs = 300
/** Compression by the WebSocket itself. Without the first of them its threshold is ignored. */
const perMessageDeflate = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  threshold: bounds.deflateAbove,
  zlibDeflateOptions: { level: 3 },
}

export interface Sockets {
  readonly io: LiveServer
  readonly adapter: ReturnType<LiveServer['of']>['adapter']
  /** The sockets of this node in a room. */
  to(room: string): ReturnType<LiveServer['to']>
  in(room: string): ReturnType<LiveServer['in']>
  /** Null when the socket is gone. */
  userOf(socketId: string): UserId | null
  /** To be told that a user has left a conversation. */
  left(socketId: string, conversationId: ConversationId): void
  /** The socket itself wants to hear a conversation, or no more of it. */
  wants(socketId: string, conversationId: ConversationId, isWanted: boolean): void
  isWanted(socketId: string, conversationId: ConversationId): boolean
  /** Resolves when other nodes' events reach the rooms that were joined, as far as that can be known soon. */
  settled(): Promise<void>
  /** Of the sockets of this node. */
  sessionIds(): ReadonlySet<SessionId>
  /** The address that the handshake came from. */
  addressOf(request: IncomingMessage): string
  /** Refuses new connections from now on. */
  shut(): void
}

export interface SocketsParts {
  httpServer: HttpServer
  config: Pick<Config, 'hasLongPolling' | 'hasRateLimits' | 'hasPerMessageDeflate'>
  origins: Origins
  trust: TrustProxy
  limits: Limits
  /** Absent where nobody has to wait. */
  turnstile?: Turnstile
  deflate: Deflate
  /** Rooms that reach over nodes. Absent where there is one. */
  rooms?: { socketAdapter: SocketAdapter; settled(withinMs: number): Promise<void> }
}

export function createSockets(parts: SocketsParts): Sockets {
  const { httpServer, config, origins, trust, limits, turnstile, deflate, rooms } = parts
  let isShut = false
  const counts = countByAddress()

  async function refusal(request: IncomingMessage): Promise<string | null> {
    if (isShut) return 'SERVER_DRAINING'
    if (!origins.isAllowed(request)) return 'ORIGIN_FORBIDDEN'
    // Cheaply, while it is still cheap: who waits behind so many has given up before its turn.
    if (turnstile !== undefined && turnstile.length >= waitingMax) return 'RATE_LIMITED'
    await turnstile?.pass()
    if (!config.hasRateLimits) return null
    const address = addressOf(request, trust)
    const { open, unknown } = counts.of(address)
    if (open >= perAddress.open || unknown >= perAddress.unknown) return 'RATE_LIMITED'
    return (await limits.isOpen('handshakeFailure', address)) ? null : 'RATE_LIMITED'
  }

  const io: LiveServer = new Server(httpServer, {
    transports: config.hasLongPolling ? ['polling', 'websocket'] : ['websocket'],
    allowUpgrades: config.hasLongPolling,
    allowEIO3: false,
    serveClient: false,
    cookie: false,
    maxHttpBufferSize: bounds.packetBytes,
    connectTimeout: connectTimeoutMs,
    pingInterval: heartbeat.everyMs,
    pingTimeout: heartbeat.answerMs,
    perMessageDeflate: config.hasPerMessageDeflate && perMessageDeflate,
    httpCompression: false,
    cleanupEmptyChildNamespaces: true,
    parser: strictParser,
    ...(rooms !== undefined && { adapter: rooms.socketAdapter }),
    allowRequest: (request, answer) => {
      refusal(request).then(
        (code) => answer(code, code === null),
        () => answer('INTERNAL', false),
      )
    },
  })

  io.engine.on(
    'connection',
    (connection: { request: IncomingMessage; once(name: 'close', then: () => void): void }) => {
      const address = addressOf(connection.request, trust)
      counts.opened(address)
      connection.once('close', () => counts.closed(address))
    },
  )
  io.on('connection', (socket) => {
    counts.introduced(socket.data.address)
    deflate.serve(socket.conn as DeflatedConnection, socket.handshake.auth)
    forgetHandshake(socket)
    socket.once('disconnect', () => counts.forgotten(socket.data.address))
  })

  return {
    io,
    adapter: io.of('/').adapter,
    to: (room) => io.local.to(room),
    in: (room) => io.local.in(room),
    userOf: (socketId) => io.of('/').sockets.get(socketId)?.data.userId ?? null,
    left(socketId, conversationId) {
      io.of('/').sockets.get(socketId)?.data.leftMeanwhile?.add(conversationId)
    },
    wants(socketId, conversationId, isWanted) {
      const data = io.of('/').sockets.get(socketId)?.data
      if (data === undefined) return
      if (isWanted) {
        data.unwanted?.delete(conversationId)
        data.leftMeanwhile?.delete(conversationId)
      } else (data.unwanted ??= new Set()).add(conversationId)
    },
    isWanted(socketId, conversationId) {
      const data = io.of('/').sockets.get(socketId)?.data
      return data?.unwanted?.has(conversationId) !== true && data?.leftMeanwhile?.has(conversationId) !== true
    },
    sessionIds: () => new Set([...io.of('/').sockets.values()].map((socket) => socket.data.sessionId)),
    settled: () => rooms?.settled(settleMs) ?? Promise.resolve(),
    addressOf: (request) => addressOf(request, trust),
    shut() {
      isShut = true
    },
  }
}

/**
 * Lets go of the request, its headers and the token, which Socket.IO keeps for a socket's life. What is needed of
 * them is in `data`.
 */
function forgetHandshake(socket: LiveSocket) {
  Object.assign(socket.handshake, { headers: {}, auth: {}, query: {} })
  Object.assign(socket.conn, { request: null })
}

function countByAddress() {
  const byAddress = new Map<string, { open: number; introduced: number }>()

  function change(address: string, open: number, introduced: number) {
    const before = byAddress.get(address) ?? { open: 0, introduced: 0 }
    const after = { open: before.open + open, introduced: before.introduced + introduced }
    if (after.open <= 0 && after.introduced <= 0) byAddress.delete(address)
    else byAddress.set(address, after)
  }

  return {
    opened: (address: string) => change(address, 1, 0),
    closed: (address: string) => change(address, -1, 0),
    introduced: (address: string) => change(address, 0, 1),
    forgotten: (address: string) => change(address, 0, -1),
    of(address: string) {
      const { open, introduced } = byAddress.get(address) ?? { open: 0, introduced: 0 }
      return { open, unknown: open - introduced }
    },
  }
}
