// The MongoDB store against the contract of custody, damaged by hand; and what only this engine can show.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Db } from 'mongodb'
import { afterAll, describe, expect, test } from 'vitest'
import type { ConversationId, MessageId, SessionId, UserId } from '@palabre/protocol'
import { createDatabases } from '../../../../../tests/kit/databases.ts'
import { shortnessOf } from '../../../../../tests/kit/on-stores.ts'
import { absenceOf } from '../../../../../tests/kit/stores.ts'
import { custodyContract, type Damage, type Sound } from '../contract/custody.ts'
import { allOf, expectWhole, group, person, say, upTo } from '../contract/kit.ts'
import { faultsIn } from '../port/doctor.ts'
import type { TransferRecord } from '../port/transfer.ts'
import { accountOf } from './account.ts'
import { connect } from './connection.ts'
import { complete } from './copy/take.ts'
import { mongoCopies, mongoCustody } from './custody.ts'
import { memosOf } from './digests.ts'
import { createIndexes } from './indexes.ts'
import { openMongoStore } from './open.ts'
import { lastSeenOf } from './presence.ts'
import { receiptId, receiptsOf } from './receipts.ts'
import { conversationsOf, keyOf, membershipsOf, messagesOf } from './rows.ts'
import { sessionsOf } from './sessions.ts'
import { tenantsOf } from './tenancy.ts'
import { mongoReading, userRecord } from './transfer-read.ts'
import { usersOf } from './users.ts'

const folder = mkdtempSync(join(tmpdir(), 'palabre-mongo-custody-'))
const databases = createDatabases()
const open = (place: string) => openMongoStore({ url: databases.urlOf(place) })
const custodyOf = (place: string) => mongoCustody(databases.urlOf(place))

async function inDatabase<T>(place: string, work: (db: Db) => Promise<T>): Promise<T> {
  const connection = await connect(databases.urlOf(place))
  try {
    return await work(connection.db)
  } finally {
    await connection.close()
  }
}

async function clone(from: string, to: string): Promise<void> {
  await inDatabase(to, async (target) => {
    await createIndexes(target)
    await inDatabase(from, async (source) => {
      for (const { name } of await source.listCollections().toArray()) {
        const documents = await source.collection(name).find({}).toArray()
        if (documents.length > 0) await target.collection(name).insertMany(documents)
      }
    })
  })
}

const nobody = '019a0000-0000-7000-8000-000000000000' as UserId
const nowhere = '019a0000-0000-7000-8000-000000000001' as ConversationId

const ofHeader = (db: Db, { conversationId }: Sound, update: object) =>
  conversationsOf(db).updateOne({ _id: conversationId }, update)
const ofMembers = (db: Db, { conversationId }: Sound, update: object) =>
  membershipsOf(db).updateOne({ _id: conversationId }, update)
const ofMessage = (db: Db, { conversationId }: Sound, seq: number, update: object) =>
  messagesOf(db).updateOne({ conversationId, seq }, update)
const without = async (db: Db, conversationId: ConversationId, seq: number) => ({
  modifiedCount: (await messagesOf(db).deleteOne({ conversationId, seq })).deletedCount,
})
const inserted = async (done: Promise<unknown>) => {
  await done
  return { modifiedCount: 1 }
}

/** Damage that this engine can suffer: it keeps no digest of the open block, and no operations apart. */
const damage: Partial<Record<Damage, (db: Db, sound: Sound) => Promise<{ modifiedCount: number }>>> = {
  'a header that is behind its log': (db, sound) => ofHeader(db, sound, { $inc: { rev: -1, lastSeq: -1 } }),
  'a header that is ahead of its log': (db, sound) => ofHeader(db, sound, { $inc: { rev: 5 } }),
  'a wrong number of members': (db, sound) => ofHeader(db, sound, { $set: { memberCount: 7 } }),
  'another title than the log says': (db, sound) => ofHeader(db, sound, { $set: { title: 'Talkers' } }),
  'a member who is missing': (db, sound) =>
    ofMembers(db, sound, { $pull: { members: { userId: sound.bobId } } }),
  'a member whom nobody added': (db, sound) =>
    ofMembers(db, sound, {
      $push: {
        members: { userId: sound.strangerId, role: 'member', joinedAt: 1, joinedSeq: 1, joinedRev: 1 },
      },
    }),
  'a role that nobody gave': (db, { conversationId, bobId }) =>
    membershipsOf(db).updateOne(
      { _id: conversationId, 'members.userId': bobId },
      { $set: { 'members.$.role': 'owner' } },
    ),
  'a mark above the last message': (db, { conversationId, bobId }) =>
    receiptsOf(db).updateOne({ _id: receiptId(conversationId, bobId) }, { $set: { deliveredSeq: 9_999 } }),
  'the last message lost': (db, { conversationId }) => without(db, conversationId, 261),
  'a message lost in the middle': (db, { conversationId }) => without(db, conversationId, 100),
  'the first message lost': (db, { conversationId }) => without(db, conversationId, 1),
  'the message lost that removed somebody': (db, { removedFromId }) => without(db, removedFromId, 2),
  'a rev that is there twice': (db, { conversationId, messageId }) =>
    messagesOf(db).updateOne({ _id: keyOf(conversationId, messageId) }, { $set: { rev: 50 } }),
  'a message that is older than the one before it': (db, sound) =>
    ofMessage(db, sound, 100, { $set: { createdAt: 1 } }),
  'a message that cannot be read': (db, sound) => ofMessage(db, sound, 100, { $set: { body: '{"text' } }),
  'a message in no conversation': (db, { aliceId }) =>
    inserted(
      messagesOf(db).insertOne({
        _id: keyOf(nowhere, 'm' as MessageId),
        conversationId: nowhere,
        seq: 1,
        rev: 1,
        revs: [1],
        bodyRev: 1,
        id: 'm' as MessageId,
        senderId: aliceId,
        kind: 'text',
        body: '{}',
        createdAt: 1,
        sentAt: 1,
        hash: '',
        changes: 0,
      }),
    ),
  'a sender who is not there': (db, sound) => ofMessage(db, sound, 100, { $set: { senderId: nobody } }),
  'a reaction of nobody': (db, { conversationId, messageId }) =>
    messagesOf(db).updateOne(
      { _id: keyOf(conversationId, messageId) },
      { $set: { reactions: JSON.stringify([{ emoji: 'x', userIds: [nobody] }]) } },
    ),
  'a mention of nobody': (db, sound) =>
    ofMessage(db, sound, 2, { $set: { mentions: JSON.stringify([nobody]) } }),
  'a membership in no conversation': (db, { bobId }) =>
    inserted(
      membershipsOf(db).insertOne({
        _id: nowhere,
        kind: 'group',
        title: 'Nowhere',
        description: '',
        createdBy: bobId,
        createdAt: 1,
        foldedSeq: 1,
        membersRev: 1,
        members: [{ userId: bobId, role: 'member', joinedAt: 1, joinedSeq: 1, joinedRev: 1 }],
      }),
    ),
  'a session of nobody': (db) =>
    inserted(
      sessionsOf(db).insertOne({
        _id: 's' as SessionId,
        userId: nobody,
        deviceName: 'A phone',
        createdAt: 1,
        lastUsedAt: 1,
        generation: 1,
        rotatedAt: 1,
        isConfirmed: true,
        salt: '',
      }),
    ),
  'an account entry of nobody': (db) =>
    inserted(
      accountOf(db).insertOne({
        _id: `${nobody} k`,
        userId: nobody,
        key: 'k',
        rev: 1,
        revs: [1],
        value: '{}',
      }),
    ),
  'a last seen time of nobody': (db) => inserted(lastSeenOf(db).insertOne({ _id: nobody, at: 1 })),
  'a person who is not found by their name': (db, { aliceId }) =>
    usersOf(db).updateOne({ _id: aliceId }, { $set: { terms: [] } }),
}

describe.skipIf(absenceOf('mongo') ?? shortnessOf('mongo'))('on MongoDB', { timeout: 120_000 }, () => {
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await databases.drop()
  })

  custodyContract('mongo', {
    open,
    custodyOf,
    clone,
    folder,
    replaces: false,
    damage: Object.fromEntries(
      Object.entries(damage).map(([kind, doing]) => [
        kind,
        async (place: string, sound: Sound) => {
          const { modifiedCount } = await inDatabase(place, (db) => doing(db, sound))
          expect(modifiedCount).toBe(1)
        },
      ]),
    ),
    differs: {
      // The store answers by its log: no device has seen it.
      'a header that is behind its log': { isBelieved: false },
      'the last message lost': { checks: ['header'] },
      'a message lost in the middle': { checks: ['seq', 'rev'] },
      'the first message lost': { checks: ['seq', 'rev', 'header', 'members'] },
      'the message lost that removed somebody': { checks: ['header', 'members'] },
      'a rev that is there twice': { checks: ['rev'] },
    },
  })

  async function findings(place: string) {
    const doctor = await custodyOf(place).doctor()
    try {
      return await doctor.examine()
    } finally {
      await doctor.close()
    }
  }

  async function repaired(place: string): Promise<string[]> {
    const occupied = await custodyOf(place).occupy()
    try {
      return await occupied.repair()
    } finally {
      await occupied.release()
    }
  }

  test('[DIG-2] a digest that is remembered wrongly is found and forgotten', async () => {
    const store = await open('memo')
    const alice = await person(store)
    const id = await group(store, alice, [])
    await Promise.all(upTo(300).map((number) => say(store, alice, id, `n ${number}`)))
    const asked = { from: 1, before: null, limit: 9 }
    const held = await store.digests.of(id, asked)
    await inDatabase('memo', async (db) => {
      expect((await memosOf(db).findOne({ _id: id }))?.sealed['0']).toBe(held?.blocks[0]?.digest)
      await memosOf(db).updateOne({ _id: id }, { $inc: { 'sealed.0': 1 } })
    })
    expect((await store.digests.differences(id)).map(({ block }) => block)).toEqual([0])
    await store.close()
    expect((await findings('memo')).counts).toEqual({ digests: 1 })
    expect(await repaired('memo')).toHaveLength(1)
    const again = await open('memo')
    expect(again.epoch).toBe(store.epoch)
    expect(await again.digests.of(id, asked)).toEqual(held)
    await again.close()
  })

  test('[LOG-6] a conversation whose header is not there is made again from its log', async () => {
    const store = await open('headless')
    const [alice, bob] = [await person(store), await person(store)]
    const id = await group(store, alice, [bob], 'Kept')
    await say(store, alice, id, 'one')
    const row = await store.conversations.byId(id)
    await store.close()
    await inDatabase('headless', async (db) => {
      await conversationsOf(db).deleteOne({ _id: id })
      await membershipsOf(db).deleteOne({ _id: id })
    })
    expect((await findings('headless')).counts).toEqual({ header: 1 })
    expect(await repaired('headless')).toEqual([`conversation ${id}: made again from its log`])
    expect(faultsIn(await findings('headless'))).toBe(0)
    const again = await open('headless')
    expect(await again.conversations.ofUser(bob.id, { limit: 9, offset: 0, after: null })).toEqual([row])
    await expectWhole(again, id)
    await again.close()
  })

  test('an index that is missing is made again', async () => {
    const store = await open('indexes')
    await store.close()
    await inDatabase('indexes', (db) => usersOf(db).dropIndex('terms_1'))
    expect((await findings('indexes')).counts).toEqual({ schema: 1 })
    expect(await repaired('indexes')).toEqual(['index terms of users: made again'])
    expect(faultsIn(await findings('indexes'))).toBe(0)
  })

  test('[LOG-4] a copy of a conversation that changes all the time is of one rev of it', async () => {
    const store = await open('changing')
    const alice = await person(store)
    const id = await group(store, alice, [])
    const messages = await Promise.all(upTo(200).map((number) => say(store, alice, id, `n ${number}`)))
    let isOver = false
    const changing = [0, 1, 2].map(async (at) => {
      for (let turn = at; !isOver; turn += 3) {
        const target = messages[turn % messages.length]
        if (target === undefined) continue
        const opId = null
        await store.log.change(
          { conversationId: id, id: target.id, userId: alice.id, opId, movesBody: false },
          (now) => ({ ...now, reactions: [{ emoji: String(turn), userIds: [alice.id] }] }),
        )
      }
    })
    const copies = upTo(4).map((number) => join(folder, `changing-${number}.copy`))
    for (const copy of copies) {
      await custodyOf('changing').take(copy)
      const doctor = mongoCopies.doctor(copy)
      expect((await doctor.examine()).faults).toEqual([])
    }
    expect((await findings('changing')).faults).toEqual([])
    isOver = true
    await Promise.all(changing)
    await store.close()
  })

  test('who came after the people were copied, and is named, is copied with what names them', async () => {
    const store = await open('coming')
    const alice = await person(store)
    const copied: TransferRecord[] = []
    await inDatabase('coming', async (db) => {
      const reading = mongoReading(db)
      async function* slowly() {
        for await (const document of usersOf(db).find({ _id: alice.id })) yield [userRecord(document)]
        const [bob, carol] = [await person(store, 'Bob'), await person(store, 'Carol')]
        await group(store, bob, [alice, carol])
        for await (const batch of reading.read()) yield batch.filter(({ type }) => type !== 'user')
      }
      for await (const batch of complete(db, slowly())) copied.push(...batch)
    })
    const users = copied.flatMap((record) => (record.type === 'user' ? [record.displayName] : []))
    expect(users.sort()).toEqual(['Bob', 'Carol', 'Someone'])
    expect(copied.findIndex(({ type }) => type === 'conversation')).toBe(3)
    await store.close()
  })

  test('a copy is not restored where a store is', async () => {
    const store = await open('full')
    const alice = await person(store)
    const id = await group(store, alice, [])
    await store.close()
    const copy = join(folder, 'full.copy')
    await custodyOf('full').take(copy)
    const occupied = await custodyOf('full').occupy()
    await expect((async () => occupied.needRoom())()).rejects.toThrow(/name another one/u)
    await expect((async () => occupied.install(copy))()).rejects.toThrow(/there is a store/u)
    await occupied.release()
    const again = await open('full')
    expect(await allOf(again, id)).toHaveLength(1)
    await again.close()
  })

  test('a restore that was stopped leaves no store, and is begun again', async () => {
    const store = await open('stopped')
    const alice = await person(store)
    const id = await group(store, alice, [])
    await Promise.all(upTo(20).map((number) => say(store, alice, id, `n ${number}`)))
    await store.close()
    const copy = join(folder, 'stopped.copy')
    await custodyOf('stopped').take(copy)
    const whole = readFileSync(copy, 'utf8')
    // A record that is none, in the middle.
    const lines = whole.split('\n')
    writeFileSync(copy, lines.with(10, '{"type":"message"}').join('\n'))
    const install = async () => {
      const occupied = await custodyOf('stopped-again').occupy()
      try {
        await occupied.install(copy)
      } finally {
        await occupied.release()
      }
    }
    await expect(install()).rejects.toThrow(/no record/u)
    await expect(open('stopped-again')).rejects.toThrow(/not all there/u)
    writeFileSync(copy, whole)
    await install()
    const again = await open('stopped-again')
    expect(await allOf(again, id)).toHaveLength(21)
    await again.close()
  })

  test.each([
    ['cut off', (text: string) => text.slice(0, -20), /cut off/u],
    ['not ours', () => 'something else\n'.repeat(50), /not a copy/u],
    ['of a newer program', (text: string) => text.replace('"schema":1', '"schema":9'), /newer program/u],
  ])('a copy that is %s is told so', async (_, changed, says) => {
    const store = await open('told')
    await store.close()
    const copy = join(folder, 'told.copy')
    rmSync(copy, { force: true })
    await custodyOf('told').take(copy)
    writeFileSync(copy, changed(readFileSync(copy, 'utf8')))
    expect(() => mongoCopies.facts(copy)).toThrow(says)
    expect(() => mongoCopies.doctor(copy)).toThrow(says)
  })

  test('whoever died in a store does not keep an operator out for ever', async () => {
    const store = await open('died')
    await store.close()
    await inDatabase('died', (db) => tenantsOf(db).insertOne({ _id: 'dead', kind: 'server', beats: 7 }))
    const occupied = await custodyOf('died').occupy()
    await occupied.release()
    await inDatabase('died', async (db) => {
      expect(await tenantsOf(db).find({}).toArray()).toEqual([])
    })
  })
})
