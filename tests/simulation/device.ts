// A device in virtual time: the real client, a cache that takes time, and a session; it can be killed in the middle of
// anything and opened again on what its cache had finished writing.
import {
  createClient,
  memoryCache,
  type Cache,
  type Client,
  type Signals,
  type StoredSession,
} from '@palabre/client'
import { keptOf } from '../torture/history.ts'
import type { Clock } from './clock.ts'
import type { Network } from './network.ts'
import type { Witness } from './witness.ts'

export interface Person {
  readonly name: string
  readonly username: string
  readonly password: string
  id: string
}

export interface Device {
  readonly name: string
  readonly person: Person
  /** Of now; null while it is off. */
  readonly client: Client | null
  readonly cache: Cache
  /** How far its clock is from the server's, in ms. */
  skewMs: number
  /** Opens the client on the cache, signing in where nobody is. */
  start(): void
  /** Signs in, where the session is over. */
  signIn(): void
  /** As a person closes it: what is under way comes to an end. */
  stop(): void
  /** As a browser is killed. */
  kill(): void
  setOnline(isOnline: boolean): void
  setVisible(isVisible: boolean): void
  /** Runs something as this device. Nothing while it is off. */
  does(job: (client: Client) => void): void
  /** Signed in, level with the server, and nothing waits. */
  isAtRest(): boolean
}

export function createDevice(
  name: string,
  person: Person,
  parts: { clock: Clock; network: Network; witness: Witness; chance: () => number },
): Device {
  const { clock, network, witness, chance } = parts
  const owner = `device ${name}`
  const kept = memoryCache()
  let session: StoredSession | null = null
  let client: Client | null = null
  let lives = 0
  const signals = createSignals()
  const of = () => ({ at: clock.now(), device: name, user: person.id })

  const turn = (job: () => void) => clock.after(0, owner, job)

  /** The cache of one life: its writes take time, and what had not come to its end when it died did not happen. */
  function openCache(): Cache {
    const mine = lives
    const slow =
      (job: (...given: unknown[]) => unknown) =>
      (...given: unknown[]): Promise<unknown> =>
        new Promise((resolve, reject) => {
          setTimeout(
            () => {
              if (mine === lives) Promise.resolve(job(...given)).then(resolve, reject)
            },
            1 + Math.floor(chance() * 4),
          )
        })
    const { onStorage: _, renewFrom: __, ...durable } = kept
    const slowed = Object.entries(durable).map(([name, job]) => [name, slow(job as () => unknown)])
    return {
      ...(Object.fromEntries(slowed) as unknown as Cache),
      destroy: async () => {
        await kept.destroy()
        witness.note({ step: 'wiped', ...of() })
      },
    }
  }

  function watch(watched: Client): void {
    const before = new Map<string, string>()
    watched.connection.subscribe((state) => {
      if (state.name === 'waiting') {
        const delayMs = state.retryAt - clock.now() - device.skewMs
        witness.note({ step: 'waiting', ...of(), delayMs })
      }
    })
    watched.conversations.list.subscribe(({ conversations }) => {
      for (const { conversation } of conversations) {
        const { joinedSeq, deliveredSeq, readSeq } = conversation.me
        const { id, lastSeq } = conversation
        const shown = [joinedSeq, deliveredSeq, readSeq].join()
        if (before.get(id) === shown) continue
        before.set(id, shown)
        const epoch = witness.epochOf(name)
        witness.note({
          step: 'marks',
          ...of(),
          epoch,
          conversation: id,
          joinedSeq,
          lastSeq,
          deliveredSeq,
          readSeq,
        })
      }
    })
  }

  async function open(opened: Client): Promise<void> {
    await opened.start()
    if (session === null) await login(opened)
  }

  async function login(opened: Client): Promise<void> {
    const { username, password } = person
    await opened.auth.login({ username, password }).catch(() => undefined)
  }

  const device: Device = {
    name,
    person,
    get client() {
      return client
    },
    cache: kept,
    skewMs: 0,
    start() {
      if (client !== null) return
      lives++
      const life = lives
      turn(() => {
        if (life !== lives || client !== null) return
        client = createClient({
          url: `http://${name}`,
          tokens: 'body',
          openCache: async () => openCache(),
          deviceName: name,
          signals,
          now: () => clock.now() + device.skewMs,
          random: chance,
          sessionStorage: {
            load: async () => session,
            async save(next) {
              session = next
            },
          },
        })
        witness.note({ step: 'reloaded', ...of() })
        const opened = client
        void keptOf(kept).then((held) => witness.note({ step: 'kept', ...of(), ...held }))
        watch(opened)
        void open(opened)
      })
    },
    signIn() {
      device.does((opened) => {
        if (opened.connection.get().name === 'signedOut') void login(opened)
      })
    },
    stop() {
      const closing = client
      client = null
      if (closing) turn(() => void closing.stop())
    },
    kill() {
      client = null
      lives++
      signals.forget()
      network.abandon(name)
      clock.end(owner)
    },
    setOnline: (isOnline) => turn(() => signals.set({ isOnline })),
    setVisible: (isVisible) => turn(() => signals.set({ isVisible })),
    does: (job) =>
      turn(() => {
        if (client !== null) job(client)
      }),
    isAtRest: () => client?.connection.get().name === 'online' && client.waiting.get() === 0,
  }
  return device
}

function createSignals(): Signals & {
  set(next: { isOnline?: boolean; isVisible?: boolean }): void
  /** Whoever listens is dead. */
  forget(): void
} {
  const listeners = new Set<() => void>()
  let is = { isOnline: true, isVisible: true }
  return {
    isOnline: () => is.isOnline,
    isVisible: () => is.isVisible,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    forget: () => listeners.clear(),
    set(next) {
      is = { ...is, ...next }
      for (const listener of listeners) listener()
    },
  }
}
