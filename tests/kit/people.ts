// People, not mocks: each has a real account, a session for requests by hand, and devices that are real clients.
import type {
  ConversationId,
  ErrorCode,
  InputOf,
  Message,
  MessageId,
  OperationName,
  Output,
  SessionId,
  User,
  UserId,
} from '@palabre/protocol'
import { randomBytes } from 'node:crypto'
import { openDevice, type Device, type DeviceOptions, type KeptSession } from './device.ts'
import { askHttp, openSocket, type Answer, type WireSocket } from './wire.ts'

export interface Person {
  readonly name: string
  readonly username: string
  readonly password: string
  readonly user: User
  readonly id: UserId
  /** Of the session for requests by hand, which no device uses. */
  readonly token: string
  readonly refreshToken: string
  readonly sessionId: SessionId
  /** Of the devices that start afresh to be compared with (`same.ts`). */
  readonly freshSession: KeptSession
  /** Those that were opened, the first one first. */
  readonly devices: readonly Device[]
  /** The first device. */
  readonly device: Device
  /** Signs in on another device. */
  opens(options?: DeviceOptions): Promise<Device>
  /** Over HTTP, by hand. */
  ask<N extends OperationName>(name: N, input: InputOf<N>): Promise<Answer<Output<N>>>
  /** Like `ask`; throws when it is refused. */
  does<N extends OperationName>(name: N, input: InputOf<N>): Promise<Output<N>>
  /** Like `ask`; the code of the refusal, or null. */
  refusal<N extends OperationName>(name: N, input: InputOf<N>): Promise<ErrorCode | null>
  /** Signs in anew for requests by hand: where a test has moved the clock past the life of a token. */
  returns(): Promise<void>
  /** A socket by hand, on the session for requests by hand. */
  socket(): Promise<WireSocket>
  /** As on the first device. */
  says(text: string, to: ConversationId | Person): Promise<Message>
  sees(id: ConversationId, messageId: MessageId): Promise<Message>
  /** Stops devices and sockets. */
  leaves(): Promise<void>
}

/** Someone new, without a device yet. Names are made unique. */
export async function register(url: string, name: string): Promise<Person> {
  const username = `${name.toLowerCase().replace(/[^a-z0-9]/g, '')}${randomBytes(4).toString('hex')}`
  const password = `a long phrase of ${username}`
  const displayName = name.charAt(0).toUpperCase() + name.slice(1)
  const answer = await askHttp(url, 'register', { username, password, displayName, tokens: 'body' })
  if (!answer.ok) throw new Error(`${name} cannot register: ${JSON.stringify(answer)}`)
  const { user, session, accessToken, refreshToken = '' } = answer.output
  let token = accessToken
  const devices: Device[] = []
  const sockets: WireSocket[] = []

  const person: Person = {
    name,
    username,
    password,
    user,
    id: user.id,
    get token() {
      return token
    },
    refreshToken,
    sessionId: session.id,
    freshSession: { current: null },
    devices,
    get device() {
      const first = devices[0]
      if (first === undefined) throw new Error(`${name} has no device`)
      return first
    },
    async opens(options = {}) {
      const device = await openDevice(url, person, options)
      devices.push(device)
      return device
    },
    ask: (operation, input) => askHttp(url, operation, input, token),
    async does(operation, input) {
      const done = await person.ask(operation, input)
      if (!done.ok) throw new Error(`${name}: ${operation} is refused: ${JSON.stringify(done.error)}`)
      return done.output
    },
    async returns() {
      const again = await askHttp(url, 'login', { username, password, tokens: 'body' })
      if (!again.ok) throw new Error(`${name} cannot sign in: ${JSON.stringify(again.error)}`)
      token = again.output.accessToken
    },
    async refusal(operation, input) {
      const done = await person.ask(operation, input)
      return done.ok ? null : done.error.code
    },
    async socket() {
      const socket = await openSocket(url, token)
      sockets.push(socket)
      // An answer comes once the socket is in its rooms (CON-1): from here on it hears all that is said.
      await socket.ask('getMe', {})
      return socket
    },
    says: (text, to) => person.device.says(text, to),
    sees: (id, messageId) => person.device.sees(id, messageId),
    async leaves() {
      for (const socket of sockets) socket.close()
      await Promise.all(devices.map((device) => device.stop()))
    },
  }
  return person
}
