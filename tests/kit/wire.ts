// The wire by hand, without the SDK: requests and packets as a stranger's program would send them.
// Routes come from the table of operations; what is sent is not checked, on purpose.
import { operations, type InputOf, type OperationName, type Output, type WireError } from '@palabre/protocol'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { deadlineMs, eventually, within } from './wait.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined when it is not JSON. */
  readonly json: unknown
}

export type Answer<T> =
  | { readonly ok: true; readonly output: T }
  | { readonly ok: false; readonly error: WireError; readonly status: number | null }

export interface HttpOptions {
  readonly token?: string | undefined
  /** Sent as it is; an object as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One request. Rejects only when there is no answer at all. */
export async function http(method: string, url: string, options: HttpOptions = {}): Promise<HttpAnswer> {
  const { token, body, headers } = options
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(deadlineMs),
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parsed(text) }
}

/** Where an operation lives over HTTP, and what is left for its query or body. */
export function requestOf(
  name: OperationName,
  input: Readonly<Record<string, unknown>>,
): { method: string; path: string; rest: Record<string, unknown> } {
  const [method = '', route = ''] = operations[name].http.split(' ')
  const rest = { ...input }
  const path = route.replace(/:(\w+)/g, (_, key: string) => {
    const value = rest[key]
    delete rest[key]
    return encoded(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined'))
  })
  return { method, path: `/api/v1${path}`, rest }
}

/** Any input, well formed or not, to an operation over HTTP. */
export async function askHttpRaw(
  url: string,
  name: OperationName,
  input: Readonly<Record<string, unknown>>,
  options: Omit<HttpOptions, 'body'> = {},
): Promise<HttpAnswer> {
  const { method, path, rest } = requestOf(name, input)
  const hasBody = method !== 'GET' && (method !== 'DELETE' || Object.keys(rest).length > 0)
  if (hasBody) return http(method, url + path, { ...options, body: rest })
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(rest)) {
    if (value !== undefined)
      query.append(key, typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
  }
  return http(method, `${url}${path}${query.size > 0 ? `?${query}` : ''}`, options)
}

/** An operation over HTTP. */
export async function askHttp<N extends OperationName>(
  url: string,
  name: N,
  input: InputOf<N>,
  token?: string,
): Promise<Answer<Output<N>>> {
  const answer = await askHttpRaw(url, name, input, { token })
  if (answer.status < 300) return { ok: true, output: answer.json as Output<N> }
  return { ok: false, error: answer.json as WireError, status: answer.status }
}

export interface HeardEvent {
  readonly name: string
  readonly data: unknown
}

/** A connected socket and all that it has heard. */
export interface WireSocket {
  readonly socket: Socket
  /** Every frame from the server, to the letter. */
  readonly frames: readonly string[]
  readonly heard: readonly HeardEvent[]
  ask<N extends OperationName>(name: N, input: InputOf<N>): Promise<Answer<Output<N>>>
  /** Any event with any payload; answers the acknowledgement as it came. */
  emit(event: string, ...payload: unknown[]): Promise<unknown>
  /** The first event of that name that fits, heard already or yet to come. */
  hears(name: string, fits?: (data: never) => boolean): Promise<unknown>
  /** Resolves when the server has closed it. */
  closed(): Promise<void>
  close(): void
}

/** Connects with a token. Rejects with the server's reason when it is refused. */
export async function openSocket(
  url: string,
  token: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<WireSocket> {
  const frames: string[] = []
  const heard: HeardEvent[] = []
  const socket = io(url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { token },
    extraHeaders: { ...headers },
    autoConnect: false,
  })
  socket.io.on('open', () => {
    socket.io.engine.on('packet', ({ data }: { data?: unknown }) => {
      if (typeof data === 'string') frames.push(data)
    })
  })
  socket.onAny((name: string, data: unknown) => heard.push({ name, data }))
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  socket.connect()
  await within(connected, 'connecting')

  const emit = (event: string, ...payload: unknown[]): Promise<unknown> =>
    within(
      new Promise((resolve) => socket.emit(event, ...payload, resolve)),
      `the acknowledgement of ${event}`,
    )

  return {
    socket,
    frames,
    heard,
    emit,
    async ask(name, input) {
      const event = operations[name].socket
      if (event === null) throw new Error(`${name} has no event`)
      return asAnswer(await emit(event, input))
    },
    async hears(name, fits = () => true) {
      const found = () => heard.find((event) => event.name === name && fits(event.data as never))
      const event = await eventually(found, () => `${name}; heard: ${heard.map((one) => one.name).join(' ')}`)
      return event.data
    },
    async closed() {
      await eventually(() => (socket.disconnected ? true : undefined), 'the server closes the socket')
    },
    close() {
      socket.disconnect()
    },
  }
}

/** Like `fetch`'s answer, from an acknowledgement. */
export function asAnswer<T>(acknowledgement: unknown): Answer<T> {
  const { ok, ...rest } = acknowledgement as { ok: boolean; error?: WireError }
  if (ok) return { ok: true, output: rest as T }
  if (rest.error === undefined) throw new Error(`not an acknowledgement: ${JSON.stringify(acknowledgement)}`)
  return { ok: false, error: rest.error, status: null }
}

/** A bare WebSocket to the socket's address: what is sent over it is up to the test. */
export function openRaw(url: string, headers: Readonly<Record<string, string>> = {}): WebSocket {
  const raw = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers })
  raw.on('error', () => {})
  return raw
}

/** Half a character has no form in an address: it becomes the replacement character, as in browsers. */
export function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
