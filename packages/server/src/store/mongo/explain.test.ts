// No operation of the store looks through a whole collection: each is carried out once beside much that it does not
// concern, everything that it asks of the server is listened to, and the server explains how it finds it.
import { v7 } from 'uuid'
import type { CommandStartedEvent, Db, Document } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keptKey, type ConversationId, type SessionId } from '@palabre/protocol'
import { createDatabases } from '../../../../../tests/kit/databases.ts'
import { absenceOf } from '../../../../../tests/kit/stores.ts'
import { inviteOf } from '../contract/accounts.ts'
import { askOfReports } from '../contract/reports.ts'
import { someMedia } from '../contract/everything.ts'
import {
  direct,
  group,
  happen,
  newMessageId,
  newOpId,
  person,
  say,
  start,
  systemBy,
  textBy,
} from '../contract/kit.ts'
import type { SessionRow } from '../port/sessions.ts'
import type { Store } from '../port/store.ts'
import { connect, type Connection } from './connection.ts'
import { indexes } from './indexes.ts'
import { storeOver } from './open.ts'

/** How documents are looked for: what is done with them does not matter here. */
interface Look {
  collection: string
  filter: Document
  sort: Document
  limit: number
  hint?: Document | undefined
}

/** Documents of each collection that nothing in the test concerns. */
const others = 2_000
/** One document for each running server, and one for each fact of the store. */
const tiny = ['tenants', 'meta']

describe.skipIf(absenceOf('mongo'))('what the server is asked', { timeout: 120_000 }, () => {
  const databases = createDatabases()
  const looks = new Map<string, Look>()
  const called = new Set<string>()
  let connection: Connection
  let store: Store

  beforeAll(async () => {
    connection = await connect(databases.urlOf('explained'), { monitorCommands: true })
    store = calls(await storeOver(connection), called)
    await crowd(connection.db)
    // Sums of everything, which an operator asks for now and then, look through everything: not listened to.
    await store.overview.totals()
    await store.overview.largest(20)
    await store.overview.heaviest(20)
    connection.client.on('commandStarted', (event) => {
      for (const look of looksOf(event)) looks.set(shapeOf(look), look)
    })
    await everything(store)
  }, 120_000)
  afterAll(async () => {
    await store.close()
    await databases.drop()
  })

  test('every operation of every port was carried out', () => {
    const all = portsOf(store).flatMap(([port, methods]) =>
      Object.keys(methods).map((name) => `${port}.${name}`),
    )
    expect(all.filter((name) => !called.has(name))).toEqual([])
    expect(looks.size).toBeGreaterThan(30)
  })

  test('everything is found by an index', async () => {
    const scans: string[] = []
    for (const [shape, { collection, filter, sort, limit, hint }] of looks) {
      if (tiny.includes(collection)) continue
      const options = hint === undefined ? {} : { hint }
      const found = connection.db.collection(collection).find(filter, options).sort(sort).limit(limit)
      const { queryPlanner } = (await found.explain('queryPlanner')) as {
        queryPlanner: { winningPlan: Document }
      }
      const stages = stagesOf(queryPlanner.winningPlan)
      if (stages.includes('COLLSCAN') || !stages.some((stage) => stage.startsWith('IXSCAN'))) {
        scans.push(`${shape}: ${stages.join(' ← ')}`)
      }
    }
    expect(scans).toEqual([])
  })

  test('the indexes that are there are those of the table', async () => {
    for (const [name, of] of Object.entries(indexes)) {
      const there = await connection.db.collection(name).indexes()
      expect(there.map(({ key }) => key)).toEqual([{ _id: 1 }, ...of.map(({ key }) => key)])
    }
  })
})

/** Much that is there for others. */
async function crowd(db: Db): Promise<void> {
  const many = (make: (number: number) => Document) =>
    Array.from({ length: others }, (_, number) => make(number))
  const id = (number: number) => `other ${number}`
  const documents: Record<string, Document[]> = {
    messages: many((number) => ({
      _id: id(number),
      conversationId: id(number % 20),
      seq: number,
      rev: number,
      revs: [number],
      id: id(number),
      kind: number % 50 === 0 ? 'system' : 'text',
      senderId: id(number % 7),
      createdAt: number,
      body: '{}',
      ...(number % 3 === 0 && { operations: [id(number)] }),
      ...(number % 5 === 0 && { pair: id(number) }),
    })),
    memberships: many((number) => ({ _id: id(number), members: [{ userId: id(number) }], foldedSeq: 1 })),
    conversations: many((number) => ({ _id: id(number), rev: 1, lastSeq: 1, activeAt: number })),
    users: many((number) => ({
      _id: id(number),
      username: id(number),
      skeleton: id(number),
      sortName: id(number),
      rev: number + 1,
      revs: [number + 1],
      terms: [id(number)],
    })),
    sessions: many((number) => ({
      _id: id(number),
      userId: id(number),
      lastUsedAt: start,
      createdAt: start,
    })),
    account: many((number) => ({ _id: id(number), userId: id(number), key: 'k', rev: 1, revs: [1] })),
    receipts: many((number) => ({ _id: id(number), conversationId: id(number), userId: id(number) })),
    digests: many((number) => ({ _id: id(number), rev: 1, sealed: {} })),
    lastSeen: many((number) => ({ _id: id(number), at: number })),
    erasures: many((number) => ({ _id: id(number), state: 'done', dueAt: number, nameHash: id(number) })),
  }
  for (const [name, all] of Object.entries(documents)) await db.collection(name).insertMany(all)
}

/** Each method of each port, so that it asks what it asks. */
async function everything(store: Store): Promise<void> {
  const {
    users,
    sessions,
    conversations,
    members,
    log,
    digests,
    receipts,
    search,
    account,
    audit,
    invites,
    credentials,
    presence,
  } = store
  const [alice, bob, carol] = [await person(store, 'Alice'), await person(store), await person(store)]
  await users.byId(alice.id)
  await users.byIds([alice.id, bob.id])
  await users.byUsername(alice.username)
  await users.credentials(alice.username)
  await users.setPasswordHash(alice.id, 'other')
  await users.update(bob.id, { displayName: 'Robert' })
  await users.touch(bob.id)
  for (const scope of ['all', 'known'] as const)
    await users.find({ viewerId: alice.id, query: 'rob', scope, limit: 20 })
  await users.profilesSince(alice.id, (await users.profilesRev()) - 1, 20)

  const pair = await direct(store, alice, bob)
  await direct(store, bob, alice)
  const id = await group(store, alice, [bob])
  const opId = newOpId()
  const made = {
    id: v7() as ConversationId,
    messageId: newMessageId(),
    userId: alice.id,
    title: 'T',
    now: start,
  }
  for (const _ of [1, 2]) await conversations.createGroup({ ...made, memberIds: [], opId })
  await happen(store, alice, id, { event: 'members_added', userIds: [carol.id] })
  const message = textBy(bob, id, 'one')
  for (const _ of [1, 2]) await log.append(message)
  await log.append(systemBy(alice, id, { event: 'members_added', userIds: [carol.id] }))
  const target = { conversationId: id, id: message.id, userId: bob.id, opId: newOpId(), movesBody: true }
  for (const _ of [1, 2]) await log.change(target, (now) => ({ ...now, pinnedAt: 1 }))
  await log.change({ ...target, opId: newOpId() }, (now) => now)
  for (let number = 0; number < 260; number += 1) await say(store, alice, pair, `n ${number}`)

  await conversations.byId(id)
  await conversations.ofUser(alice.id, { limit: 20, offset: 0, after: null })
  await conversations.countOfUser(alice.id)
  await conversations.headsOfUser(alice.id)
  await conversations.headsOf([id, pair])
  await conversations.ofPair(alice.id, bob.id)
  await conversations.membersMovedSince(start)
  await members.view(id)
  await members.one(id, bob.id)
  await members.page(id, 20, 0)
  await members.areCoMembers(alice.id, bob.id)
  await members.coMembersAmong(alice.id, [bob.id, carol.id])
  await log.byId(id, message.id)
  await log.since(pair, 3, 1, 50)
  await log.before(pair, 50, 1, 20)
  await log.after(pair, 3, 1, 20)
  await log.createdSince(alice.id, start, null, 20)
  await log.createdSince(alice.id, start, { createdAt: start, id: message.id }, 20)
  await log.change({ ...target, opId: newOpId() }, (now) => ({ ...now, expiresAt: start }))
  await log.expired(start, 20)
  await log.unread(pair, bob.id, 3)
  await log.mentions(id, bob.id, 0)
  await someMedia(store, alice, id)
  for (const _ of [1, 2]) await digests.of(pair, { from: 1, before: null, limit: 10 })
  await digests.differences(pair)
  await digests.rebuild(pair)
  await receipts.mark(pair, bob.id, { readSeq: 20 })
  await receipts.ofConversation(pair)
  await search.settled()
  await search.find({
    userId: bob.id,
    conversationId: null,
    query: 'hello',
    from: null,
    kind: null,
    before: null,
    after: null,
    below: null,
    limit: 5,
    isSeen: () => true,
  })
  await receipts.ofUser(bob.id, [pair, id])
  for (const value of [{ userId: bob.id, addedAt: 1 }, { userId: bob.id, addedAt: 2 }, null])
    await account.put(alice.id, `contact:${bob.id}`, value)
  await account.rev(alice.id)
  await account.since(alice.id, 0)
  await account.under(alice.id, 'contact:')
  await account.due(Date.now(), 10)
  await account.holdersOf(keptKey('clear', pair))
  await account.unseenBy(pair, { id: newMessageId(), seq: 1, senderId: alice.id, kind: 'text' })
  await presence.setLastSeen(alice.id, start)
  await presence.lastSeen([alice.id])
  const entry = { at: start, actorId: alice.id, act: 'role_changed', subjectId: bob.id, details: {} }
  await audit.append({ id: v7(), ...entry })
  await audit.list({ before: null, limit: 20 })
  await audit.list({ before: v7(), limit: 20 })
  await invites.create(inviteOf(alice))
  await invites.list({ before: null, limit: 5 })
  await invites.take('hash', start)
  await invites.giveBack(inviteOf(alice).id)
  await invites.revoke(inviteOf(alice).id, start)
  for (const from of [0, 1]) await credentials.put(alice.id, from, '{}')
  await credentials.of(alice.id)
  await users.roleOf(alice.id)
  await users.setRole(bob.id, 'operator')
  await users.isEmpty()
  await conversations.idsAfter(null, 20)
  await log.authored(pair, alice.id, 0)
  await store.media.ofOwner(alice.id, null, 20)
  const erasure = { userId: carol.id, messages: 'keep', requestedAt: start, dueAt: start } as const
  await store.erasures.request({ ...erasure, nameHash: 'h', nameUntil: start })
  await store.erasures.of(carol.id)
  await store.erasures.among([carol.id])
  await store.erasures.begin(start, 10)
  await store.erasures.cancel(carol.id)
  const { overview } = store
  for (const query of [null, 'rob']) await overview.people({ query, before: null, limit: 20 })
  await overview.people({ query: null, before: bob.id, limit: 20 })
  await overview.person(bob.id)
  await overview.groups({ after: null, limit: 20 })
  await overview.suspend(bob.id, start)
  await overview.suspend(bob.id, null)
  await overview.suspendedAt(bob.id)
  await askOfReports(store, [alice, bob, carol])
  await store.erasures.tombstone(carol.id)
  await store.erasures.done(carol.id, start)
  await store.erasures.isNameHeld('h', start)
  await store.erasures.page(null, 10)
  await store.erasures.compact()
  const session = (number: number): SessionRow => ({
    id: `session ${number}` as SessionId,
    userId: alice.id,
    deviceName: 'A phone',
    createdAt: start,
    lastUsedAt: start,
    generation: 1,
    rotatedAt: start,
    isConfirmed: false,
    salt: 'salt',
    place: '',
    provedAt: start,
  })
  for (const number of [1, 2, 3]) await sessions.create(session(number))
  const { id: first } = session(1)
  await sessions.byId(first)
  await sessions.existing([first])
  await sessions.ofUser(alice.id)
  await sessions.rotate(first, 1, start)
  await sessions.confirm(first, 2)
  await sessions.prove(first, start)
  await sessions.touch(first, start)
  const endpoint = 'https://push.example/1'
  await sessions.setPush(first, { endpoint, p256dh: 'p', auth: 'a', preview: 'none', language: 'en' })
  await sessions.setPush(session(2).id, null)
  await sessions.push(first)
  await sessions.pushedOf([alice.id])
  await sessions.dropPush(first, endpoint)
  await sessions.end(first)
  await sessions.endOthers(alice.id, session(2).id)
  await sessions.endStale(start - 9, start - 9)
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>

function portsOf(store: Store): [string, Methods][] {
  return Object.entries(store).flatMap(([name, port]: [string, unknown]): [string, Methods][] =>
    typeof port === 'object' && port !== null ? [[name, port as Methods]] : [],
  )
}

/** The same store, that notes in `called` what it is asked. */
function calls(store: Store, called: Set<string>): Store {
  const noting = portsOf(store).map(([port, methods]): [string, Methods] => [
    port,
    Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        (...args: unknown[]) => {
          called.add(`${port}.${name}`)
          return method(...args)
        },
      ]),
    ),
  ])
  return { ...store, ...(Object.fromEntries(noting) as Partial<Store>) }
}

function looksOf({ commandName, command }: CommandStartedEvent): Look[] {
  const collection = String(command[commandName])
  const look = (filter: Document, sort: Document = {}, limit = 0): Look => ({
    collection,
    filter,
    sort,
    limit,
    hint: command['hint'] as Document | undefined,
  })
  switch (commandName) {
    case 'find':
      return [
        look(
          command['filter'] as Document,
          command['sort'] as Document | undefined,
          command['limit'] as number,
        ),
      ]
    case 'aggregate': {
      const [first] = command['pipeline'] as Document[]
      return [look((first?.['$match'] as Document | undefined) ?? {})]
    }
    case 'update':
      return (command['updates'] as { q: Document }[]).map(({ q }) => look(q))
    case 'delete':
      return (command['deletes'] as { q: Document }[]).map(({ q }) => look(q))
    case 'findAndModify':
    case 'distinct':
    case 'count':
      return [look(command['query'] as Document, command['sort'] as Document | undefined)]
    default:
      return []
  }
}

/** The same for questions that differ in values alone. */
function shapeOf({ collection, filter, sort }: Look): string {
  const values = (_: string, value: unknown) =>
    typeof value === 'object' ? (Array.isArray(value) ? [value[0] as unknown] : value) : '…'
  // The driver makes a map of what it sorts by.
  const order = sort instanceof Map ? Object.fromEntries(sort as Map<string, unknown>) : sort
  return `${collection} ${JSON.stringify(filter, values)} ${JSON.stringify(order)}`
}

function stagesOf(plan: Document): string[] {
  const inner = [plan['inputStage'], ...((plan['inputStages'] as Document[] | undefined) ?? [])] as (
    Document | undefined
  )[]
  const name = [plan['stage'], plan['indexName']].filter((part) => part !== undefined).join(' ')
  return [name, ...inner.flatMap((stage) => (stage === undefined ? [] : stagesOf(stage)))]
}
