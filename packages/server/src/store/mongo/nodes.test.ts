// Several nodes on one database: they share nothing but its unique indexes. What only this engine can do wrong: numbers
// taken twice, heads that are stale, and what is left of a node that died in between.
import type { Db } from 'mongodb'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { ConversationId, Message, User, UserId } from '@palabre/protocol'
import { createDatabases } from '../../../../../tests/kit/databases.ts'
import { absenceOf } from '../../../../../tests/kit/stores.ts'
import {
  allOf,
  direct,
  expectRefusal,
  expectWhole,
  group,
  happen,
  newConversationId,
  newMessageId,
  newOpId,
  person,
  persons,
  say,
  start,
  systemBy,
  textBy,
  upTo,
} from '../contract/kit.ts'
import type { Alter } from '../port/log.ts'
import type { Store } from '../port/store.ts'
import { connect, type Connection } from './connection.ts'
import { fold, type Folded } from './heads.ts'
import { storeOver } from './open.ts'
import { messagesOf } from './rows.ts'

const pin =
  (at: number): Alter =>
  (message) =>
    message.pinnedAt === at ? message : { ...message, pinnedAt: at }

describe.skipIf(absenceOf('mongo'))('several nodes on MongoDB', { timeout: 120_000 }, () => {
  const databases = createDatabases()
  const opened: Store[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()))
  })
  afterAll(() => databases.drop())

  async function open(place: string): Promise<{ store: Store; db: Db; batches: number[] }> {
    const connection: Connection = await connect(databases.urlOf(place))
    const batches: number[] = []
    const observer = { committed: (commit: { operations: number }) => void batches.push(commit.operations) }
    const store = await storeOver(connection, { observer })
    opened.push(store)
    return { store, db: connection.db, batches }
  }

  async function two(place: string): Promise<{ a: Store; b: Store; db: Db }> {
    const [{ store: a, db }, { store: b }] = [await open(place), await open(place)]
    return { a, b, db }
  }

  /** Every number from 1 to the highest was taken, and once. */
  async function expectEachRevOnce(db: Db, conversationId: ConversationId): Promise<void> {
    const documents = await messagesOf(db).find({ conversationId }).toArray()
    const revs = documents.flatMap((document) => document.revs).sort((a, b) => a - b)
    expect(revs).toEqual(upTo(revs.length))
  }

  /** Nobody has a message where they were no members. */
  async function expectOnlyMembers(db: Db, conversationId: ConversationId): Promise<void> {
    let folded: Folded | null = null
    for (const document of await messagesOf(db).find({ conversationId }).sort({ seq: 1 }).toArray()) {
      if (folded !== null) expect([...folded.members.keys()]).toContain(document.senderId)
      if (document.kind === 'system') folded = fold(conversationId, folded, document)
    }
  }

  test('[LOG-3] [LOG-4] racing appends, changes and changes of members take each number once, by members only', async () => {
    const { a, b, db } = await two('race')
    const [alice, bob, carol] = [await person(a), await person(a), await person(a)]
    const id = await group(a, alice, [bob])
    const first = await say(a, alice, id, 'first')
    const change = (store: Store, by: User, message: Message, at: number) =>
      store.log.change(
        { conversationId: id, id: message.id, userId: by.id, opId: null, movesBody: false },
        pin(at),
      )
    const work = upTo(40).flatMap((number) => [
      say(a, alice, id, `a ${number}`),
      say(b, bob, id, `b ${number}`),
      change(number % 2 === 0 ? a : b, bob, first, number),
    ])
    const carols: Promise<unknown>[] = []
    for (const number of upTo(6)) {
      const store = number % 2 === 0 ? a : b
      const other = number % 2 === 0 ? b : a
      carols.push(
        Promise.allSettled(upTo(5).map((at) => other.log.append(textBy(carol, id, `c ${number} ${at}`)))),
      )
      const isIn = (await store.members.one(id, carol.id)) !== null
      await happen(
        store,
        alice,
        id,
        isIn
          ? { event: 'member_removed', userId: carol.id }
          : { event: 'members_added', userIds: [carol.id] },
      )
      // From here on the other node must know, too, whatever it has in memory.
      const late = await Promise.allSettled([other.log.append(textBy(carol, id, `late ${number}`))])
      expect(late[0]?.status).toBe(isIn ? 'rejected' : 'fulfilled')
    }
    await Promise.all(work)
    await Promise.all(carols)
    for (const store of [a, b]) await expectWhole(store, id)
    await expectEachRevOnce(db, id)
    await expectOnlyMembers(db, id)
  })

  test('[LOG-3] [P3] what waits in one conversation goes together, also beside another node', async () => {
    const [{ store: a, batches }, { store: b }] = [await open('bulk'), await open('bulk')]
    const [alice, bob] = [await person(a), await person(a)]
    const id = await direct(a, alice, bob)
    const said = await Promise.all([
      ...upTo(200).map((number) => say(a, alice, id, `a ${number}`)),
      ...upTo(200).map((number) => say(b, bob, id, `b ${number}`)),
    ])
    expect(said.map(({ seq }) => seq).sort((x, y) => x - y)).toEqual(upTo(401).slice(1))
    expect(batches.reduce((sum, operations) => sum + operations, 0)).toBe(200)
    expect(batches.length).toBeLessThan(20)
    await expectWhole(b, id)
  })

  test('[LOG-4] a number that an edit has freed is refused to a node that has not heard of it', async () => {
    const { a, b, db } = await two('freed')
    const [alice, bob] = [await person(a), await person(a)]
    const id = await direct(a, alice, bob)
    const [one, other] = [await say(b, alice, id, 'one'), await say(b, alice, id, 'other')]
    const change = (store: Store, message: Message, at: number) =>
      store.log.change(
        { conversationId: id, id: message.id, userId: alice.id, opId: null, movesBody: false },
        pin(at),
      )
    // Now b knows rev 3. Of these two, 4 stands in no message's `rev` any more.
    await change(a, one, 1)
    await change(a, one, 2)
    expect((await change(b, other, 1)).message.rev).toBe(6)
    await change(a, one, 3)
    await change(a, one, 4)
    expect(await say(b, bob, id, 'third')).toMatchObject({ seq: 4, rev: 9 })
    await expectEachRevOnce(db, id)
  })

  test('[P6] [MEM-2] a node that has not heard of a change of members refuses nobody wrongly, and nobody late', async () => {
    const { a, b } = await two('stale')
    const [alice, bob] = [await person(a), await person(a)]
    const id = await group(a, alice, [])
    const message = await say(b, alice, id, 'b knows that bob is a stranger')
    await happen(a, alice, id, { event: 'members_added', userIds: [bob.id] })
    const own = textBy(bob, id, 'mine')
    expect((await b.log.append(own)).outcome).toBe('stored')
    await happen(a, alice, id, { event: 'role_changed', userId: bob.id, role: 'admin' })
    const naming = systemBy(bob, id, { event: 'title_changed', title: 'New' }, { requires: 'admin' })
    expect((await b.log.append(naming)).outcome).toBe('stored')
    const opId = newOpId()
    const target = { conversationId: id, id: own.id, userId: bob.id, opId, movesBody: false }
    await b.log.change(target, pin(1))

    await happen(a, alice, id, { event: 'member_removed', userId: bob.id })
    // What changes nothing, what was done before and what is refused: each would show a message.
    await expectRefusal(
      b.log.change({ ...target, opId: null }, (now) => now),
      'MEMBER_REQUIRED',
    )
    await expectRefusal(b.log.change(target, pin(1)), 'MEMBER_REQUIRED')
    await expectRefusal(b.log.change({ ...target, id: message.id, opId: null }, pin(2)), 'MEMBER_REQUIRED')
    expect(await b.log.append(own)).toMatchObject({ outcome: 'repeat', isFormerMember: true })
    await expectRefusal(b.log.append(textBy(bob, id, 'late')), 'MEMBER_REQUIRED')
  })

  test('[P2] racing nodes make one conversation of a pair, one group of an operation, one message of an id', async () => {
    const { a, b, db } = await two('once')
    const [alice, bob] = await persons(a, 2)
    if (alice === undefined || bob === undefined) throw new Error('nobody')
    const pairs = await Promise.all(
      upTo(10).map((number) => (number % 2 === 0 ? direct(a, alice, bob) : direct(b, bob, alice))),
    )
    expect(new Set(pairs).size).toBe(1)
    const opId = newOpId()
    const made = await Promise.all(
      upTo(10).map((number) =>
        (number % 2 === 0 ? a : b).conversations.createGroup({
          id: newConversationId(),
          messageId: newMessageId(),
          userId: alice.id,
          title: 'Once',
          memberIds: [bob.id],
          opId,
          now: start,
        }),
      ),
    )
    expect(new Set(made.map(({ conversationId }) => conversationId)).size).toBe(1)
    expect(made.filter(({ isNew }) => isNew)).toHaveLength(1)
    const [id] = pairs
    if (id === undefined) throw new Error('no conversation')
    const message = textBy(alice, id, 'once')
    const appended = await Promise.all(
      upTo(20).map((number) => (number % 2 === 0 ? a : b).log.append(message)),
    )
    expect(appended.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1)
    const target = { conversationId: id, id: message.id, userId: bob.id, opId: newOpId(), movesBody: false }
    const changed = await Promise.all(
      upTo(20).map((number) => (number % 2 === 0 ? a : b).log.change(target, pin(number))),
    )
    expect(changed.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1)
    expect((await a.conversations.byId(id))?.rev).toBe(3)
    await expectEachRevOnce(db, id)
  })

  describe('after a node that died between a commit and what follows from it', () => {
    /** Puts the checkpoints back to what they were: as if the node that committed `work` had died right after it. */
    async function dyingAfter(db: Db, id: ConversationId, work: () => Promise<unknown>): Promise<void> {
      const names = ['conversations', 'memberships']
      const held = await Promise.all(
        names.map((name) => db.collection<{ _id: string }>(name).findOne({ _id: id })),
      )
      await work()
      for (const [index, name] of names.entries()) {
        const collection = db.collection<{ _id: string }>(name)
        const document = held[index]
        if (document === null || document === undefined) await collection.deleteOne({ _id: id })
        else await collection.replaceOne({ _id: id }, document)
      }
    }

    const header = (db: Db, id: ConversationId) =>
      db.collection<{ _id: string }>('conversations').findOne({ _id: id })

    test('[LOG-6] who reads the header finds the log, and leaves it right', async () => {
      const { a, b, db } = await two('header')
      const [alice, bob] = [await person(a), await person(a)]
      const id = await group(a, alice, [bob], 'Old')
      await dyingAfter(db, id, async () => {
        await happen(a, alice, id, { event: 'title_changed', title: 'New' })
        await say(a, alice, id, 'last', { createdAt: start + 9 })
      })
      expect(await header(db, id)).toMatchObject({ rev: 1, title: 'Old' })
      expect(await b.conversations.byId(id)).toMatchObject({
        header: { title: 'New' },
        rev: 3,
        lastSeq: 3,
        activeAt: start + 9,
      })
      expect(await header(db, id)).toMatchObject({ rev: 3, lastSeq: 3, title: 'New', activeAt: start + 9 })
    })

    test('[SYNC-9] whoever looks whether anything has moved finds what nobody was told', async () => {
      const { a, b, db } = await two('moved')
      const [alice, bob] = [await person(a), await person(a)]
      const id = await direct(a, alice, bob)
      await dyingAfter(db, id, () => say(a, alice, id, 'stored, but nobody knows'))
      expect(await b.conversations.headsOfUser(bob.id)).toEqual([{ id, rev: 1 }])
      expect(await b.conversations.headsOf([id])).toEqual([{ id, rev: 2, membersRev: 1 }])
      expect(await b.conversations.headsOfUser(bob.id)).toEqual([{ id, rev: 2 }])
    })

    test('[LOG-6] [MEM-2] who asks for members is told those of the log', async () => {
      const { a, b, db } = await two('members')
      const [alice, bob, carol] = [await person(a), await person(a), await person(a)]
      const id = await group(a, alice, [bob])
      await dyingAfter(db, id, async () => {
        await happen(a, alice, id, { event: 'members_added', userIds: [carol.id] })
        await happen(a, alice, id, { event: 'member_removed', userId: bob.id })
      })
      expect(await b.members.one(id, bob.id)).toBeNull()
      expect(await b.members.one(id, carol.id)).toMatchObject({ joinedSeq: 2, joinedRev: 2 })
      expect((await b.members.view(id))?.membersRev).toBe(3)
      expect(await b.conversations.countOfUser(bob.id)).toBe(0)
      expect(await b.conversations.headsOfUser(carol.id)).toEqual([{ id, rev: 3 }])
      await expectRefusal(b.log.append(textBy(bob, id, 'late')), 'MEMBER_REQUIRED')
      await expectWhole(b, id)
    })

    test('[LOG-2] [LOG-7] whoever asks again, because nobody answered, has it put right', async () => {
      const { a, b, db } = await two('again')
      const [alice, bob] = [await person(a), await person(a)]
      const id = await direct(a, alice, bob)
      const message = textBy(alice, id, 'once')
      await dyingAfter(db, id, () => a.log.append(message))
      expect(await b.log.append(message)).toMatchObject({ outcome: 'repeat', message: { seq: 2 } })
      expect(await b.conversations.headsOfUser(bob.id)).toEqual([{ id, rev: 2 }])
      const target = { conversationId: id, id: message.id, userId: bob.id, opId: newOpId(), movesBody: false }
      await dyingAfter(db, id, () => a.log.change(target, pin(1)))
      expect((await b.log.change(target, pin(1))).outcome).toBe('repeat')
      expect(await b.conversations.headsOfUser(bob.id)).toEqual([{ id, rev: 3 }])
    })

    test('[LOG-6] a conversation that has only its first message is there for whoever makes it again', async () => {
      const { a, b, db } = await two('made')
      const [alice, bob] = [await person(a), await person(a)]
      const id = await direct(a, alice, bob)
      for (const name of ['conversations', 'memberships'])
        await db.collection<{ _id: string }>(name).deleteOne({ _id: id })
      expect(await b.conversations.countOfUser(bob.id)).toBe(0)
      expect(await direct(b, bob, alice)).toBe(id)
      expect(await b.conversations.headsOfUser(bob.id)).toEqual([{ id, rev: 1 }])
      await expectWhole(b, id)
      expect(await allOf(b, id)).toHaveLength(1)
      expect([...((await b.members.view(id))?.members.keys() ?? [])].sort()).toEqual(
        [alice.id, bob.id].sort() satisfies UserId[],
      )
    })
  })
})
