// How often anyone may ask: the table of rates (SECURITY §4.6), and the one limiter behind HTTP and socket.
// The cluster counts: over all nodes together while they hear each other, else each for itself. A refused request learns
// when to come back, and an outbox loses nothing by waiting.
// Where many people share one address (a school), only failures and sign-ups are counted by address.
import { PalabreError, operations, type LimitClass, type OperationName } from '@palabre/protocol'
import type { Cluster, Counter } from '../cluster/port.ts'
import type { Caller } from './caller.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

type Rates = Cluster['rates']
type Subject = 'address' | 'user' | 'session' | 'operation' | 'conversation' | 'refreshToken'

/** At most `points` in `perMs`: the burst is `points`, the steady rate `points / perMs`. */
interface Rate {
  readonly by: Subject
  readonly points: number
  readonly perMs: number
  /** Gives the point back unless the operation failed. */
  readonly failuresOnly?: true
}

/** `operation`: a user and operation, so that ticks never hold up an edit. `conversation`: a session in one. */
const rates = {
  none: [],
  // Guessing is slowed by `createLoginGate`, which knows usernames; this row stops one address trying them all.
  login: [{ by: 'address', points: 30, perMs: 10 * minute, failuresOnly: true }],
  // A class behind one address signs up in one lesson; wrong invite codes are counted apart.
  register: [{ by: 'address', points: 40, perMs: hour }],
  refresh: [
    { by: 'address', points: 60, perMs: minute, failuresOnly: true },
    { by: 'refreshToken', points: 10, perMs: minute },
  ],
  read: [{ by: 'user', points: 200, perMs: 10 * second }],
  write: [{ by: 'user', points: 120, perMs: minute }],
  send: [{ by: 'user', points: 20, perMs: 4 * second }],
  change: [{ by: 'operation', points: 20, perMs: 4 * second }],
  typing: [{ by: 'conversation', points: 4, perMs: 4 * second }],
  watch: [{ by: 'session', points: 8, perMs: 4 * second }],
  // Each time that a page is put away or looked at again.
  status: [{ by: 'session', points: 40, perMs: 2 * minute }],
  sync: [
    { by: 'session', points: 20, perMs: minute },
    { by: 'user', points: 60, perMs: minute },
  ],
  search: [{ by: 'user', points: 30, perMs: minute }],
  // As one types: a question a word or so.
  find: [{ by: 'user', points: 120, perMs: minute }],
  // A password said once more: whoever has somebody's open device has ten guesses.
  prove: [{ by: 'user', points: 10, perMs: 10 * minute }],
  // Codes are long; this is for whoever tries them all the same.
  reset: [{ by: 'address', points: 10, perMs: hour, failuresOnly: true }],
  // Each start of an app says where it is told; a test makes the server send.
  push: [{ by: 'user', points: 60, perMs: hour }],
  // A password is asked for: guessing it with a stolen token must not be quicker than at the door.
  leave: [{ by: 'user', points: 10, perMs: hour }],
  // Codes are beyond guessing (SEC-30); this keeps who tries from costing anything.
  join: [
    { by: 'user', points: 30, perMs: 10 * minute },
    { by: 'address', points: 300, perMs: hour },
  ],
  // A handful in a bad hour; more is a campaign.
  report: [
    { by: 'user', points: 10, perMs: hour },
    { by: 'user', points: 30, perMs: 24 * hour },
  ],
  group: [
    { by: 'user', points: 30, perMs: 10 * minute },
    { by: 'user', points: 200, perMs: 24 * hour },
  ],
} as const satisfies Record<LimitClass, readonly Rate[]>

/** What a transport counts before there is an operation. */
const gates = {
  anonymousRequest: { points: 600, perMs: minute, isStrict: false },
  userRequest: { points: 1_200, perMs: minute, isStrict: false },
  // An album of thirty, twenty times an hour.
  uploadBegin: { points: 600, perMs: hour, isStrict: false },
  // Parts of 8 MiB: some 80 GB an hour.
  uploadPart: { points: 1_200, perMs: minute, isStrict: false },
  mediaRead: { points: 1_200, perMs: minute, isStrict: false },
  // Reads everything that somebody has: a few a day, so that one that broke off can be had again.
  export: { points: 6, perMs: 24 * hour, isStrict: false },
  handshakeFailure: { points: 60, perMs: minute, isStrict: false },
  wrongInvite: { points: 10, perMs: hour, isStrict: true },
  policyReport: { points: 10, perMs: minute, isStrict: false },
} as const
export type Gate = keyof typeof gates

/** Failed sign-ins that cost nothing, and the wait after each further one (doubling). */
const loginGates = {
  /** One username from one address: whoever mistypes five times waits a second, a guesser a quarter of an hour. */
  pair: { free: 5, forgetMs: hour, firstMs: second, longestMs: 15 * minute },
  /** One username from everywhere: slower, never locked, or anybody could lock anybody out (SEC-1). */
  username: { free: 100, forgetMs: hour, firstMs: second, longestMs: 2 * second },
} as const

export interface Limits {
  /** Takes a point from every row of the operation. @throws RATE_LIMITED with `retryAfterMs` */
  take(name: OperationName, rawInput: unknown, caller: Caller): Promise<void>
  /** To be told the end of every public operation: gives points back, or counts the failure. */
  settled(name: OperationName, rawInput: unknown, caller: Caller, error: PalabreError | null): Promise<void>
  /** @throws RATE_LIMITED */
  pass(gate: Gate, key: string): Promise<void>
  /** True while the gate has points left; takes none. */
  isOpen(gate: Gate, key: string): Promise<boolean>
}

/** What is slow anyway, and worth guessing at: all nodes count together before they answer. */
const strictClasses: readonly LimitClass[] = [
  'login',
  'register',
  'refresh',
  'prove',
  'leave',
  'reset',
  'join',
]

/** `isOn: false` lets everything through: for benches and tests on loopback. */
export function createLimits(options: { isOn: boolean; rates: Rates }): Limits {
  if (!options.isOn) return unlimited
  const { rates: counting } = options
  const rows = new Map<LimitClass, { rate: Rate; counter: Counter }[]>()
  for (const [name, list] of Object.entries(rates) as [LimitClass, readonly Rate[]][]) {
    const isStrict = strictClasses.includes(name)
    rows.set(
      name,
      list.map((rate, index) => {
        const { points, perMs } = rate
        return { rate, counter: counting.counter({ name: `${name}${index}`, points, perMs, isStrict }) }
      }),
    )
  }
  const gateCounters = new Map<Gate, Counter>()
  for (const [name, gate] of Object.entries(gates) as [Gate, (typeof gates)[Gate]][]) {
    gateCounters.set(name, counting.counter({ name, ...gate }))
  }
  const loginGate = createLoginGate(counting)

  const rowsOf = (name: OperationName) => rows.get(operations[name].limit) ?? []

  async function pass(gate: Gate, key: string) {
    await take(gateCounters.get(gate), key)
  }
  async function isOpen(gate: Gate, key: string) {
    return ((await gateCounters.get(gate)?.taken(key)) ?? 0) < gates[gate].points
  }

  return {
    async take(name, rawInput, caller) {
      for (const { rate, counter } of rowsOf(name)) {
        await take(counter, keyOf(rate.by, name, rawInput, caller))
      }
      if (name === 'login') await loginGate.enter(usernameOf(rawInput), caller.address)
      if (name === 'register' && !(await isOpen('wrongInvite', caller.address))) {
        await pass('wrongInvite', caller.address)
      }
    },
    async settled(name, rawInput, caller, error) {
      if (error?.code === 'RATE_LIMITED') return
      const isFailure = error !== null && error.retry === 'never'
      if (!isFailure) {
        for (const { rate, counter } of rowsOf(name)) {
          if (rate.failuresOnly) await counter.giveBack(keyOf(rate.by, name, rawInput, caller))
        }
      }
      const isGuess = error?.code === 'CREDENTIALS_WRONG' || error?.code === 'FACTOR_WRONG'
      if (name === 'login' && !isGuess) {
        await loginGate.leave(usernameOf(rawInput), caller.address, error === null)
      }
      if (name === 'register' && error?.code === 'INVITE_REQUIRED') {
        // The next attempt is refused by `take`; this one keeps its own answer.
        await pass('wrongInvite', caller.address).catch(() => undefined)
      }
    },
    pass,
    isOpen,
  }
}

/**
 * Slows guessing of passwords. An attempt is counted before its password is looked at, so that a hundred
 * at once are a hundred; a right password takes the count back.
 */
function createLoginGate(counting: Rates) {
  const kinds = Object.entries(loginGates).map(([name, gate]) => ({
    gate,
    attempts: counting.counter({
      name: `login-${name}`,
      points: Number.MAX_SAFE_INTEGER,
      perMs: gate.forgetMs,
      isStrict: true,
    }),
    /** Its only point is taken by who passes, for as long as the next one has to wait. */
    closed: counting.counter({ name: `login-${name}-wait`, points: 1, perMs: gate.firstMs, isStrict: true }),
    keyOf: (username: string, address: string) => (name === 'pair' ? `${username} ${address}` : username),
  }))
  return {
    async enter(username: string, address: string) {
      for (const { attempts, closed, keyOf, gate } of kinds) {
        const key = keyOf(username, address)
        const beyond = (await attempts.count(key)) - gate.free
        if (beyond <= 0) continue
        const nextMs = Math.min(gate.longestMs, gate.firstMs * 2 ** Math.min(30, beyond - 1))
        // One question, so that nobody slips through beside us, on this node or another.
        const waitMs = await closed.takeFor(key, nextMs)
        if (waitMs === 0) continue
        await attempts.giveBack(key)
        throw limited(waitMs)
      }
    },
    async leave(username: string, address: string, isSignedIn: boolean) {
      for (const { attempts, closed, keyOf } of kinds) {
        const key = keyOf(username, address)
        await closed.forget(key)
        // Forgetting all attempts on a username would let its owner's sign-in hide a guesser's.
        if (isSignedIn && key !== username) await attempts.forget(key)
        else await attempts.giveBack(key)
      }
    },
  }
}

async function take(counter: Counter | undefined, key: string): Promise<void> {
  const waitMs = (await counter?.take(key)) ?? 0
  if (waitMs > 0) throw limited(waitMs)
}

function limited(waitMs: number): PalabreError {
  return new PalabreError('RATE_LIMITED', { retryAfterMs: Math.max(1, Math.ceil(waitMs)) })
}

function keyOf(by: Subject, name: OperationName, rawInput: unknown, caller: Caller): string {
  const { session, address } = caller
  if (by === 'address' || session === null)
    return by === 'refreshToken' ? refreshKeyOf(rawInput, caller) : address
  switch (by) {
    case 'user':
      return session.userId
    case 'operation':
      return `${session.userId} ${name}`
    case 'conversation':
      return `${session.sessionId} ${textOf(rawInput, 'conversationId')}`
    default:
      return session.sessionId
  }
}

/** A refresh token begins with its session's id: 36 characters of a UUID. */
function refreshKeyOf(rawInput: unknown, caller: Caller): string {
  const token = textOf(rawInput, 'refreshToken') || (caller.cookie?.read() ?? '')
  return `${caller.address} ${token.slice(0, 36)}`
}

function usernameOf(rawInput: unknown): string {
  return textOf(rawInput, 'username').toLowerCase()
}

/** The limiter runs before the input is parsed (SECURITY §4.6), so it looks without trusting. */
function textOf(rawInput: unknown, field: string): string {
  if (typeof rawInput !== 'object' || rawInput === null) return ''
  const value: unknown = Object.getOwnPropertyDescriptor(rawInput, field)?.value
  return typeof value === 'string' ? value.slice(0, 512) : ''
}

const unlimited: Limits = {
  take: () => Promise.resolve(),
  settled: () => Promise.resolve(),
  pass: () => Promise.resolve(),
  isOpen: () => Promise.resolve(true),
}
