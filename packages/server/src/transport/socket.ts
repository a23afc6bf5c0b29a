// Operations as Socket.IO events. Promises: CON-1 (rooms are joined before anything is answered), CON-3 (who
// is put out is told why), SEC-4 to SEC-6 (a token in the handshake, one identity for a socket's life).
// It knows no feature: whatever has a socket name in the table is answered by `perform`.
import {
  Authenticate,
  PalabreError,
  operations,
  type OperationName,
  type SessionId,
  type UserId,
} from '@palabre/protocol'
import type { Logger } from 'pino'
import type { Cluster } from '../cluster/port.ts'
import type { Caller } from '../core/caller.ts'
import type { Fanout } from '../core/fanout.ts'
import { asPalabreError, type Perform } from '../core/handlers.ts'
import type { Limits } from '../core/limits.ts'
import type { Tokens } from '../core/tokens.ts'
import type { Store } from '../store/port/store.ts'
import { roomOf } from './fanout.ts'
import type { LiveSocket, Sockets } from './live-sockets.ts'
import { createPacketMeter } from './packet-meter.ts'
import { languageOfHeaders, wireErrorOf } from './problem.ts'
import { watchSlowConsumers } from './slow-consumers.ts'

/** Sockets of one user, and of one session (a device with several windows). */
const perUser = 20
const perSession = 5
/** A socket outlives its token by this much, so that a renewal on its way still counts. */
const expiryGraceMs = 5_000
/** Too many sockets of one device: most are dying ones, found by the heartbeat within this time. */
const crowdedRetryMs = 15_000
const tokenLength = 2_048

export interface SocketTransportParts {
  sockets: Sockets
  perform: Perform
  tokens: Pick<Tokens, 'authenticate'>
  store: Pick<Store, 'conversations'>
  cluster: Pick<Cluster, 'presence'>
  fanout: Fanout
  limits: Limits
  hasRateLimits: boolean
  logger: Logger
  now(): number
  connected(): void
  disconnected(reason: string): void
}

type Ack = (answer: object) => void

/** Different texts of `User-Agent` that are kept once for all sockets that say it. */
const userAgentsMax = 1_000

const byEvent = new Map<string, OperationName>(
  (Object.keys(operations) as OperationName[]).flatMap((name) => {
    const { socket } = operations[name]
    return socket === null ? [] : [[socket, name]]
  }),
)

/** Starts answering. Returns how to stop the timers. */
export function serveSockets(parts: SocketTransportParts): { close(): void } {
  const { sockets, perform, tokens, store, cluster, fanout, limits, logger, now } = parts
  const { io, adapter } = sockets
  const userAgents = oneOfEach(userAgentsMax)

  io.use((socket: LiveSocket, next) => {
    verify(socket).then(
      () => next(),
      (thrown: unknown) => {
        const error = asPalabreError(thrown)
        if (error.code === 'INTERNAL') logger.error({ err: thrown }, 'a handshake failed unexpectedly')
        const { message, ...data } = wireErrorOf(error, languageOfHeaders(socket.handshake.headers))
        next(Object.assign(new Error(message), { data }))
      },
    )
  })

  async function verify(socket: LiveSocket): Promise<void> {
    // One identity for a connection's life: whoever leaves and enters again opens another (SEC-5).
    if ((socket.request as unknown) === null) throw new PalabreError('TOKEN_REQUIRED')
    const address = sockets.addressOf(socket.request)
    try {
      const token: unknown = socket.handshake.auth['token']
      if (typeof token !== 'string' || token.length > tokenLength) throw new PalabreError('TOKEN_REQUIRED')
      const { userId, sessionId, expiresAt } = await tokens.authenticate(token)
      if (parts.hasRateLimits) refuseCrowd(userId, sessionId)
      const userAgent = userAgents.same((socket.handshake.headers['user-agent'] ?? '').slice(0, 256))
      const language = languageOfHeaders(socket.handshake.headers)
      socket.data = {
        userId,
        sessionId,
        expiresAt,
        address,
        token,
        userAgent,
        language,
        leftMeanwhile: new Set(),
        unwanted: null,
      }
    } catch (error) {
      // Counted when it proves nothing; an honest client whose token has just run out is not a guesser.
      const { code } = asPalabreError(error)
      if (code === 'TOKEN_INVALID' || code === 'TOKEN_REQUIRED')
        await limits.pass('handshakeFailure', address)
      throw error
    }
  }

  function refuseCrowd(userId: UserId, sessionId: SessionId) {
    const ofUser = adapter.rooms.get(roomOf.user(userId))?.size ?? 0
    const ofSession = adapter.rooms.get(roomOf.session(sessionId))?.size ?? 0
    if (ofUser >= perUser || ofSession >= perSession) {
      throw new PalabreError('RATE_LIMITED', { retryAfterMs: crowdedRetryMs })
    }
  }

  io.on('connection', (socket: LiveSocket) => {
    const { userId, sessionId, address, userAgent, language } = socket.data
    const meter = parts.hasRateLimits ? createPacketMeter(now()) : null
    const caller: Caller = {
      address,
      userAgent,
      cookie: null,
      session: { userId, sessionId, socketId: socket.id },
    }
    let isReady = false
    let count = 0
    let expiry = expireAt(socket, socket.data.expiresAt)

    parts.connected()
    socket.on('error', (error: Error) =>
      logger.debug({ socketId: socket.id, reason: error.message }, 'a bad packet'),
    )
    socket.on('disconnect', (reason) => {
      clearTimeout(expiry)
      cluster.presence.disconnect(socket.id)
      parts.disconnected(reason)
    })

    const ready = enter(socket).then(
      () => (isReady = true),
      (thrown: unknown) => {
        const error = asPalabreError(thrown)
        if (error.code === 'INTERNAL')
          logger.error({ err: thrown, socketId: socket.id }, 'a socket could not be set up')
        dismiss(socket, error)
      },
    )

    socket.onAny((event: string, ...args: unknown[]) => {
      const last = args.at(-1)
      const ack = typeof last === 'function' ? once(last as Ack) : null
      const refuse = (error: PalabreError) => ack?.({ ok: false, error: wireErrorOf(error, language) })
      if (meter !== null) {
        const waitMs = meter.take(now())
        if (waitMs > 0) refuse(new PalabreError('RATE_LIMITED', { retryAfterMs: waitMs }))
        if (meter.isExhausted()) socket.disconnect(true)
        if (waitMs > 0 || !socket.connected) return
      }
      if (event === 'authenticate') {
        renew(socket, args[0]).then(
          (expiresAt) => {
            clearTimeout(expiry)
            if (socket.connected) expiry = expireAt(socket, expiresAt)
            ack?.({ ok: true, expiresAt })
          },
          (thrown: unknown) => {
            const error = asPalabreError(thrown)
            refuse(error)
            // SEC-5: whoever offers a token that is not theirs, or none, is not who they were.
            if (error.retry !== 'later') dismiss(socket, error)
          },
        )
        return
      }
      const name = byEvent.get(event)
      if (name === undefined) {
        meter?.violated(now())
        refuse(new PalabreError('NOT_FOUND'))
        return
      }
      count += 1
      const answer = isReady ? run(name, args[0]) : ready.then(() => run(name, args[0]))
      answer.then((output) => ack?.({ ok: true, ...output }), refuseThrown)

      function refuseThrown(thrown: unknown) {
        refuse(asPalabreError(thrown))
      }
    })

    function run(name: OperationName, input: unknown): Promise<object> {
      if (!socket.connected) return Promise.reject(new PalabreError('SESSION_ENDED'))
      return perform(name, input, caller, `${socket.id}-${count}`)
    }
  })

  /** CON-1: the user's and session's rooms, then the conversations', then online. */
  async function enter(socket: LiveSocket): Promise<void> {
    const { userId, sessionId, token } = socket.data
    socket.data.token = ''
    void adapter.addAll(socket.id, new Set([roomOf.user(userId), roomOf.session(sessionId)]))
    // Ended between the handshake and here: nobody would have told this socket.
    await tokens.authenticate(token)
    const heads = await store.conversations.headsOfUser(userId)
    if (!socket.connected) return
    for (const { id, rev } of heads) {
      if (socket.data.leftMeanwhile?.has(id) !== true) fanout.joinSocket(socket.id, id, rev)
    }
    // Whatever other nodes say from here on is heard, before `sync` reads.
    await sockets.settled()
    if (!socket.connected) return
    socket.data.leftMeanwhile = null
    cluster.presence.connect({ socketId: socket.id, userId, sessionId })
  }

  /** SEC-5: the same person on the same device, or the socket is closed. Answers when the token ends. */
  async function renew(socket: LiveSocket, input: unknown): Promise<number> {
    const parsed = Authenticate.safeParse(input)
    if (!parsed.success) throw new PalabreError('TOKEN_REQUIRED')
    const { userId, sessionId, expiresAt } = await tokens.authenticate(parsed.data.token)
    if (userId !== socket.data.userId || sessionId !== socket.data.sessionId) {
      logger.warn(
        { socketId: socket.id, userId: socket.data.userId },
        'a socket was offered another identity',
      )
      socket.disconnect(true)
      throw new PalabreError('TOKEN_INVALID')
    }
    return expiresAt
  }

  function expireAt(socket: LiveSocket, expiresAt: number): NodeJS.Timeout {
    const expired = () => dismiss(socket, new PalabreError('TOKEN_EXPIRED'))
    return setTimeout(expired, Math.max(0, expiresAt + expiryGraceMs - now()))
  }

  /** Says why, then closes (CON-3). */
  function dismiss(socket: LiveSocket, error: PalabreError) {
    const { code } = error
    if (code === 'TOKEN_EXPIRED' || code === 'SESSION_ENDED' || code === 'SESSION_UNKNOWN') {
      socket.emit('session_ended', { reason: code })
    }
    socket.disconnect(true)
  }

  return watchSlowConsumers(io, logger)
}

/** Answers the first of equal texts, so that thousands of sockets do not keep one each. */
function oneOfEach(max: number) {
  const texts = new Map<string, string>()
  return {
    same(text: string): string {
      const known = texts.get(text)
      if (known !== undefined) return known
      if (texts.size >= max) texts.clear()
      texts.set(text, text)
      return text
    },
  }
}

/** A client may ask for no acknowledgement; and it is answered once, whatever happens. */
function once(ack: Ack): Ack {
  let isDone = false
  return (answer) => {
    if (isDone) return
    isDone = true
    ack(answer)
  }
}
