// Who plays in a history, and the small things that all deeds and faults are made of: writing, going away, doing it later.
import type { Client } from '@palabre/client'
import type { ConversationId, UserId } from '@palabre/protocol'
import type { Random } from '../kit/random.ts'
import type { Clock } from './clock.ts'
import type { Device, Person } from './device.ts'
import type { Network } from './network.ts'
import type { Witness } from './witness.ts'

export interface Cast {
  clock: Clock
  network: Network
  witness: Witness
  random: Random
  people: Person[]
  devices: Device[]
  server: ServerHand
  /** So that no two texts are the same. */
  words: number
  /** Messages that were there before anybody came, of the group. */
  old: string[]
}

/** What may happen to the server. */
export interface ServerHand {
  isUp(): boolean
  /** Dies at once; what was not committed is lost. */
  crash(): void
  start(): void
  drain(): void
  /** Commits take up to so long from now on. */
  slowDisk(atMostMs: number): void
  /** What is read from the store is known up to so late from now on; null: as usual. */
  slowReads(atMostMs: number | null): void
  /** Remembers how the store is now. */
  backUp(): void
  /** Dies, and comes back with the store as it was at the last `backUp`; without one, makes one. */
  restore(): void
}

/** Answers what it does, and how long nobody does anything then. */
export type Fault = (cast: Cast, device: Device) => string | [string, number]

export function drawn<T>(random: Random, table: readonly [number, T][]): T {
  const total = table.reduce((sum, [weight]) => sum + weight, 0)
  let left = random.next() * total
  for (const [weight, value] of table) if ((left -= weight) < 0) return value
  return random.pick(table)[1]
}

export function quietly(job: Promise<unknown>): void {
  job.catch(() => undefined)
}

export function inSome(cast: Cast, client: Client, job: (id: ConversationId) => unknown): void {
  const { conversations } = client.conversations.list.get()
  if (conversations.length > 0) quietly(Promise.resolve(job(cast.random.pick(conversations).conversation.id)))
}

export function inGroup(cast: Cast, client: Client, job: (id: ConversationId) => Promise<unknown>): void {
  const groups = client.conversations.list
    .get()
    .conversations.filter(({ conversation }) => conversation.kind === 'group')
  if (groups.length > 0) quietly(job(cast.random.pick(groups).conversation.id))
}

export function userOf({ random, people }: Cast): UserId {
  return random.pick(people).id as UserId
}

/** Several at once now and then: the order of one device's messages is a promise too. */
export function send(cast: Cast, device: Device, client: Client, into?: ConversationId): void {
  const count = cast.random.chance(0.3) ? 3 : 1
  const write = (conversation: ConversationId) => {
    for (let nth = 0; nth < count; nth++) {
      const text = `«${device.name} ${cast.words++}»`
      quietly(
        client.messages.send(conversation, { text }).then((id) => {
          cast.witness.note({
            step: 'typed',
            at: cast.clock.now(),
            device: device.name,
            user: device.person.id,
            conversation,
            id,
            text,
          })
        }),
      )
    }
  }
  if (into === undefined) inSome(cast, client, write)
  else write(into)
}

/** Notes a change of a message as soon as it is durable on the device that asked for it. */
export function changing(
  cast: Cast,
  device: Device,
  conversation: ConversationId,
  id: string,
  change: { edit: string } | { delete: true } | { react: string | null },
  asked: Promise<void>,
): void {
  const note = () =>
    cast.witness.note({
      step: 'changing',
      at: cast.clock.now(),
      device: device.name,
      user: device.person.id,
      conversation,
      id,
      change,
    })
  quietly(asked.then(note))
}

export function later(cast: Cast, atMostMs: number, job: () => void): void {
  cast.clock.after(cast.random.below(atMostMs), 'world', job)
}

export function away(cast: Cast, { name }: Device): string {
  const way = cast.network.way(name)
  way.isCut = true
  cast.network.drop(name)
  later(cast, 30_000, () => (way.isCut = false))
  return `${name} is away`
}
