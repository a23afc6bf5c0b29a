// Writes that are cut off on their way: before the server had them, or after it had stored them. Nothing may rely on the
// driver's retries being remembered by the server; what was stored is found, and never stored twice.
import { MongoNetworkError, MongoServerError, type Db } from 'mongodb'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { ConversationId, Message, User } from '@palabre/protocol'
import { createDatabases } from '../../../../../tests/kit/databases.ts'
import { absenceOf } from '../../../../../tests/kit/stores.ts'
import {
  allOf,
  direct,
  expectRefusal,
  expectWhole,
  newOpId,
  person,
  say,
  textBy,
  upTo,
} from '../contract/kit.ts'
import type { Alter } from '../port/log.ts'
import type { Store } from '../port/store.ts'
import { connect } from './connection.ts'
import { storeOver } from './open.ts'

type Write = 'insertMany' | 'updateOne' | 'insertOne'
/** What becomes of the next write of a kind to a collection. */
interface Spoil {
  collection: string
  write: Write
  /** The server has it before the connection ends. */
  arrives: boolean
  error: Error
}

const cut = () => new MongoNetworkError('the connection has ended')
const conflict = () => new MongoServerError({ code: 112, message: 'WriteConflict' })

const pin =
  (at: number): Alter =>
  (message) => ({ ...message, pinnedAt: at })

describe.skipIf(absenceOf('mongo'))('a connection to MongoDB that fails', { timeout: 120_000 }, () => {
  const databases = createDatabases()
  const opened: Store[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
  })
  afterAll(() => databases.drop())

  interface Scene {
    store: Store
    spoil: (next: Spoil) => void
    /** Writes that were spoiled. */
    spoiled: () => number
    alice: User
    bob: User
    id: ConversationId
    first: Message
  }

  async function scene(place: string): Promise<Scene> {
    const connection = await connect(databases.urlOf(place))
    const planned: Spoil[] = []
    let spoiled = 0
    const db = spoilable(connection.db, (collection, write) => {
      const index = planned.findIndex((spoil) => spoil.collection === collection && spoil.write === write)
      if (index === -1) return null
      spoiled += 1
      return planned.splice(index, 1)[0] ?? null
    })
    const store = await storeOver({ ...connection, db })
    opened.push(store)
    const [alice, bob] = [await person(store), await person(store)]
    const id = await direct(store, alice, bob)
    const first = await say(store, alice, id, 'first')
    return { store, spoil: (next) => planned.push(next), spoiled: () => spoiled, alice, bob, id, first }
  }

  test('[LOG-2] [P2] a message whose insertion was not answered is found, and stored once', async () => {
    const { store, spoil, spoiled, alice, id } = await scene('answer')
    spoil({ collection: 'messages', write: 'insertMany', arrives: true, error: cut() })
    const message = textBy(alice, id, 'once')
    expect(await store.log.append(message)).toMatchObject({ outcome: 'repeat', message: { seq: 3, rev: 3 } })
    expect(spoiled()).toBe(1)
    expect(await allOf(store, id)).toHaveLength(3)
    expect((await store.log.append(message)).outcome).toBe('repeat')
    await expectWhole(store, id)
  })

  test('[LOG-1] [P2] many at once, of which nobody knows how many arrived, are all stored once', async () => {
    const { store, spoil, alice, bob, id } = await scene('many')
    spoil({ collection: 'messages', write: 'insertMany', arrives: true, error: cut() })
    spoil({ collection: 'messages', write: 'insertMany', arrives: false, error: cut() })
    const appended = await Promise.all(
      upTo(30).map((number) => store.log.append(textBy(number % 2 === 0 ? alice : bob, id, `n ${number}`))),
    )
    expect(new Set(appended.map(({ message }) => message?.seq)).size).toBe(30)
    expect(await allOf(store, id)).toHaveLength(32)
    await expectWhole(store, id)
  })

  test('[LOG-1] a message that did not reach the server is sent to it again', async () => {
    const { store, spoil, spoiled, alice, id } = await scene('request')
    for (const error of [cut(), conflict()]) {
      spoil({ collection: 'messages', write: 'insertMany', arrives: false, error })
      expect((await store.log.append(textBy(alice, id, 'again'))).outcome).toBe('stored')
    }
    expect(spoiled()).toBe(2)
    expect(await allOf(store, id)).toHaveLength(4)
    await expectWhole(store, id)
  })

  test('[LOG-7] a change whose answer was lost is known by its opId, and takes one rev', async () => {
    const { store, spoil, spoiled, alice, id, first } = await scene('change')
    spoil({ collection: 'messages', write: 'updateOne', arrives: true, error: cut() })
    const target = { conversationId: id, id: first.id, userId: alice.id, opId: newOpId(), movesBody: false }
    expect(await store.log.change(target, pin(1))).toMatchObject({
      outcome: 'repeat',
      message: { rev: 3, pinnedAt: 1 },
    })
    spoil({ collection: 'messages', write: 'updateOne', arrives: false, error: cut() })
    expect((await store.log.change({ ...target, opId: newOpId() }, pin(2))).outcome).toBe('stored')
    spoil({ collection: 'messages', write: 'updateOne', arrives: false, error: conflict() })
    expect((await store.log.change({ ...target, opId: null }, pin(3))).outcome).toBe('stored')
    expect(spoiled()).toBe(3)
    expect((await store.conversations.byId(id))?.rev).toBe(5)
    await expectWhole(store, id)
  })

  test('[LOG-7] without an opId nobody claims to know what became of a change', async () => {
    const { store, spoil, alice, id, first } = await scene('unknown')
    spoil({ collection: 'messages', write: 'updateOne', arrives: true, error: cut() })
    const target = { conversationId: id, id: first.id, userId: alice.id, opId: null, movesBody: false }
    await expectRefusal(store.log.change(target, pin(1)), 'STORE_UNAVAILABLE')
    expect(await store.log.byId(id, first.id)).toMatchObject({ rev: 3, pinnedAt: 1 })
    expect((await say(store, alice, id, 'next')).rev).toBe(4)
    await expectWhole(store, id)
  })

  test('[P1] a message whose header cannot be stored is not acknowledged, and its repeat stores the header', async () => {
    const { store, spoil, alice, bob, id } = await scene('header')
    spoil({ collection: 'conversations', write: 'updateOne', arrives: false, error: cut() })
    const message = textBy(alice, id, 'stored, but nobody says so')
    await expectRefusal(store.log.append(message), 'STORE_UNAVAILABLE')
    expect((await store.log.append(message)).outcome).toBe('repeat')
    expect(await store.conversations.headsOfUser(bob.id)).toEqual([{ id, rev: 3 }])
  })
})

/** The same database, whose writes `next` may spoil. */
function spoilable(db: Db, next: (collection: string, write: Write) => Spoil | null): Db {
  const bound = <T extends object>(target: T, over: (name: PropertyKey, own: unknown) => unknown): T =>
    new Proxy(target, {
      get(_, name) {
        const own: unknown = Reflect.get(target, name)
        return over(name, typeof own === 'function' ? own.bind(target) : own)
      },
    })
  type Method = (...args: unknown[]) => Promise<unknown>

  return bound(db, (name, own) => {
    if (name !== 'collection') return own
    return (of: string) =>
      bound(db.collection(of), (method, write) => {
        if (method !== 'insertMany' && method !== 'updateOne' && method !== 'insertOne') return write
        return async (...args: unknown[]) => {
          const spoil = next(of, method)
          if (spoil === null || spoil.arrives) {
            const answer = await (write as Method)(...args)
            if (spoil === null) return answer
          }
          throw spoil.error
        }
      })
  })
}
