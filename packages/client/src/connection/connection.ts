// The one live connection: its states, when to try again (CON-2), why the server closed it (CON-3), a fresh token
// at every attempt, and `call`: an operation through the socket, else over HTTP. Socket.IO's own reconnection is
// off: its jitter vanishes at the cap, and it would present an old token.
// It knows no conversation: what the server says goes to `onEvent`, what to ask at connect is `sync.ts`'s affair.
import type { Socket } from 'socket.io-client'
import {
  INFLATES,
  limits,
  PalabreError,
  type ErrorCode,
  type EventName,
  type InputOf,
  type OperationName,
  type Output,
} from '@palabre/protocol'
import type { ConnectionState, Observable, Signals } from '../api.ts'
import { createSource } from '../observable.ts'
import { backoffMs } from './backoff.ts'
import { CALL_TIMEOUT_MS, errorFrom, unreachable, type Http } from './http.ts'
import { routeOf } from './routes.ts'
import { endsSession, type Tokens } from './tokens.ts'

export type Call = <N extends OperationName>(
  name: N,
  input: InputOf<N>,
  options?: { timeoutMs?: number },
) => Promise<Output<N>>

export interface Connection {
  readonly state: Observable<ConnectionState>
  /** From now on: connected, or trying to be. */
  open(): void
  /** No attempt any more. `because`: null when the person signed out. */
  close(because: ErrorCode | null): void
  /** The first `sync` of this connection is through. */
  synced(): void
  /** The link is dead although nobody said so: closes it and tries again. */
  drop(): void
  /** There is a live socket, here or in the tab that leads. */
  isConnected(): boolean
  /** Another tab has the connection: it is in this state, and `through` asks it. Until `open` or `close`. */
  mirror(state: ConnectionState, through: Call): void
  /** @throws PalabreError; STORE_UNAVAILABLE when nobody answers in time. */
  call: Call
}

export interface ConnectionOptions {
  url: string
  http: Http
  tokens: Tokens
  signals: Signals
  now: () => number
  random: () => number
  onEvent: (name: EventName, data: unknown) => void
  onConnected: () => void
  onDisconnected: () => void
  /** Someone looks at it again (SYNC-9). */
  onFront: () => void
  onSessionOver: (code: ErrorCode) => void
}

type Because = ErrorCode | 'NETWORK'
type Timer = ReturnType<typeof setTimeout>

/** A node that drains sends everyone away at once; they come back spread over this time. */
const DRAIN_SPREAD_MS = 5_000

const socketOptions = {
  timeoutMs: CALL_TIMEOUT_MS,
  inflation: { format: INFLATES, maxBytes: limits.inflatedBytes },
}

export function createConnection(options: ConnectionOptions): Connection {
  const { http, tokens, signals, now, random } = options
  const state = createSource<ConnectionState>({ name: 'signedOut', because: null })
  let isOpen = false
  /** Names the present attempt: whatever an earlier one still says is dropped. */
  let run = 0
  let attempts = 0
  let mustRenew = false
  let socket: Socket | null = null
  let retryTimer: Timer | undefined
  let renewTimer: Timer | undefined
  let stopSignals: (() => void) | null = null
  let was = { isOnline: true, isVisible: true }
  let elsewhere: Call | null = null

  function attempt(): void {
    clearTimeout(retryTimer)
    if (!isOpen) return
    closeSocket()
    if (!signals.isOnline()) {
      state.set({ name: 'offline', since: now() })
      return
    }
    attempts++
    state.set({ name: 'connecting', attempt: attempts })
    const mine = ++run
    const isRenewed = mustRenew
    mustRenew = false
    const token = isRenewed ? tokens.renew() : tokens.fresh()
    // Loaded beside the token, not with the page: what the cache shows does not wait for it.
    Promise.all([token, loadLibrary()]).then(
      ([value, { openSocket }]) => {
        if (mine !== run) return
        connect(mine, openSocket({ url: options.url, token: value, ...socketOptions }), isRenewed)
      },
      (error: unknown) => {
        if (mine === run) refused(error, isRenewed)
      },
    )
  }

  function connect(mine: number, opened: Socket, isRenewed: boolean): void {
    socket = opened
    const isMine = () => mine === run
    opened.on('connect', () => {
      if (!isMine()) return
      state.set({ name: 'syncing' })
      planRenewal()
      options.onConnected()
    })
    opened.on('connect_error', (error: Error & { data?: unknown }) => {
      if (isMine()) refused(errorFrom(error.data) ?? error, isRenewed)
    })
    opened.on('disconnect', () => {
      if (isMine()) wait('NETWORK')
    })
    opened.onAny((name: string, data: unknown) => {
      if (isMine()) heard(name, data)
    })
  }

  /** CON-3: a server that closes says why. */
  function heard(name: string, data: unknown): void {
    if (name === 'session_ended') {
      const reason = reasonOf(data)
      if (reason === 'SESSION_ENDED' || reason === 'SESSION_UNKNOWN') over(reason)
      else {
        mustRenew = true
        wait('TOKEN_EXPIRED', 0)
      }
    } else if (name === 'server_draining') wait('SERVER_DRAINING', random() * DRAIN_SPREAD_MS)
    else options.onEvent(name as EventName, data)
  }

  function refused(error: unknown, isRenewed: boolean): void {
    const code = error instanceof PalabreError ? error.code : null
    if (code === null) wait('NETWORK')
    else if (endsSession(code)) over(code)
    else if (error instanceof PalabreError && error.retry === 'renew') {
      mustRenew = true
      // A new token that is refused as well is no reason to ask in a circle.
      wait(code, isRenewed ? undefined : 0)
    } else if (error instanceof PalabreError && error.retryAfterMs !== undefined)
      wait(code, error.retryAfterMs + backoffMs(1, random()))
    else wait(error instanceof PalabreError && error.details?.reason === 'unreachable' ? 'NETWORK' : code)
  }

  function wait(because: Because, delayMs?: number): void {
    run++
    closeSocket()
    if (!isOpen) return
    const delay = Math.round(delayMs ?? backoffMs(Math.max(1, attempts), random()))
    if (!signals.isOnline()) {
      state.set({ name: 'offline', since: now() })
      return
    }
    state.set({ name: 'waiting', attempt: attempts, retryAt: now() + delay, because })
    clearTimeout(retryTimer)
    retryTimer = setTimeout(attempt, delay)
  }

  function over(code: ErrorCode): void {
    close(code)
    options.onSessionOver(code)
  }

  function closeSocket(): void {
    clearTimeout(renewTimer)
    const closing = socket
    socket = null
    if (!closing) return
    const wasConnected = closing.connected
    closing.offAny()
    closing.removeAllListeners()
    // Whoever waits for an answer is told now, not after its time.
    closing.disconnect()
    if (wasConnected || state.get().name === 'online' || state.get().name === 'syncing')
      options.onDisconnected()
  }

  function close(because: ErrorCode | null): void {
    isOpen = false
    elsewhere = null
    run++
    clearTimeout(retryTimer)
    stopSignals?.()
    stopSignals = null
    closeSocket()
    // Closed again without a reason: the one that was given stays.
    if (because !== null || state.get().name !== 'signedOut') state.set({ name: 'signedOut', because })
  }

  /** At 80 % of the token's life, on the live socket. */
  function planRenewal(): void {
    clearTimeout(renewTimer)
    const dueInMs = tokens.dueInMs()
    if (dueInMs === null) return
    const mine = run
    renewTimer = setTimeout(() => void renewLive(mine), dueInMs)
  }

  async function renewLive(mine: number): Promise<void> {
    try {
      await authenticate(await tokens.renew())
      if (mine === run) planRenewal()
    } catch (error) {
      if (mine !== run) return
      if (error instanceof PalabreError && endsSession(error.code)) over(error.code)
      // The old token is good for a while yet: again, but not at once.
      else renewTimer = setTimeout(() => void renewLive(mine), backoffMs(5, random()) + 1_000)
    }
  }

  async function authenticate(token: string): Promise<void> {
    if (socket?.connected) await viaSocket(socket, 'authenticate', { token }, CALL_TIMEOUT_MS)
  }

  function noticed(): void {
    const is = { isOnline: signals.isOnline(), isVisible: signals.isVisible() }
    const comesOnline = is.isOnline && !was.isOnline
    const comesToFront = is.isVisible && !was.isVisible
    was = is
    const { name } = state.get()
    if (!is.isOnline) {
      if (name !== 'offline' && name !== 'signedOut') wait('NETWORK')
    } else if (name === 'offline') attempt()
    else if (name === 'waiting' && (comesOnline || comesToFront)) {
      const held = state.get()
      // Who was told to wait waits.
      if (held.name === 'waiting' && held.because !== 'RATE_LIMITED') attempt()
    } else if (comesToFront && (name === 'online' || name === 'syncing')) options.onFront()
  }

  async function call<N extends OperationName>(
    name: N,
    input: InputOf<N>,
    { timeoutMs = CALL_TIMEOUT_MS }: { timeoutMs?: number } = {},
  ): Promise<Output<N>> {
    if (elsewhere) return await elsewhere(name, input)
    const found = routeOf(name)
    const route = found instanceof Promise ? await found : found
    const ask = async (token: string | null): Promise<Output<N>> => {
      const event = route.socket
      if (event !== null && socket?.connected)
        return (await viaSocket(socket, event, input, timeoutMs)) as Output<N>
      if (route.access === 'public') return await http.ask(name, input, { timeoutMs })
      return await http.ask(name, input, { timeoutMs, token: token ?? (await tokens.fresh()) })
    }
    try {
      return await ask(null)
    } catch (error) {
      if (!(error instanceof PalabreError)) throw error
      if (endsSession(error.code) && isOpen) over(error.code)
      if (error.retry !== 'renew') throw error
      const token = await tokens.renew()
      await authenticate(token)
      return await ask(token)
    }
  }

  return {
    state,
    open() {
      if (isOpen) return
      isOpen = true
      elsewhere = null
      attempts = 0
      mustRenew = false
      was = { isOnline: signals.isOnline(), isVisible: signals.isVisible() }
      stopSignals = signals.subscribe(noticed)
      attempt()
    },
    close,
    synced() {
      if (!socket?.connected) return
      attempts = 0
      state.set({ name: 'online' })
    },
    drop: () => {
      if (isOpen && socket) wait('NETWORK')
    },
    isConnected: () => (elsewhere ? state.get().name === 'online' : socket?.connected === true),
    mirror(next, through) {
      elsewhere = through
      state.set(next)
    },
    call,
  }
}

let library: Promise<typeof import('./socket.ts')> | null = null

/** Once, or again after it could not be loaded. */
function loadLibrary() {
  library ??= import('./socket.ts').catch((error: unknown) => {
    library = null
    throw error
  })
  return library
}

async function viaSocket(socket: Socket, event: string, input: unknown, timeoutMs: number): Promise<unknown> {
  let ack: unknown
  try {
    ack = await socket.timeout(timeoutMs).emitWithAck(event, input)
  } catch (cause) {
    // No answer in time, or the link went: the server may or may not have done it.
    throw unreachable(cause)
  }
  if (typeof ack !== 'object' || ack === null || !('ok' in ack)) throw unreachable()
  const { ok, ...rest } = ack
  if (ok === true) return rest
  throw ('error' in rest ? errorFrom(rest.error) : null) ?? new PalabreError('INTERNAL')
}

function reasonOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'reason' in data ? data.reason : null
}
