// The contract of a store in an operator's hands: copies of one instant, another life after a restore, and a doctor
// that finds each kind of damage and mends what it says it mends. How damage is done is the engine's affair.
import { existsSync, rmSync, statSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ConversationId, MessageId, SessionId, UserId } from '@palabre/protocol'
import type { Custody } from '../port/custody.ts'
import { faultsIn, type CheckName, type Report } from '../port/doctor.ts'
import type { Store } from '../port/store.ts'
import {
  allOf,
  direct,
  expectWhole,
  group,
  happen,
  newOpId,
  newUserId,
  person,
  say,
  start,
  upTo,
  type OpenStore,
} from './kit.ts'

/** What is in the sound store that damage is done to. */
export interface Sound {
  /** A group of alice (owner), bob and carol: 261 messages, some changed. */
  conversationId: ConversationId
  aliceId: UserId
  bobId: UserId
  /** In no conversation. */
  strangerId: UserId
  /** A group whose last message removed bob. */
  removedFromId: ConversationId
  /** Of the third message. */
  messageId: MessageId
}

interface Kind {
  /** What a doctor finds, and nothing else. */
  checks: readonly CheckName[]
  /** Nothing is wrong after a repair. */
  isMended: boolean
  /** Devices may have believed it. */
  isBelieved?: boolean
}

const kinds = {
  'a header that is behind its log': { checks: ['header'], isMended: true, isBelieved: true },
  'a header that is ahead of its log': { checks: ['header'], isMended: true, isBelieved: true },
  'a wrong number of members': { checks: ['header'], isMended: true, isBelieved: true },
  'another title than the log says': { checks: ['header'], isMended: true, isBelieved: true },
  'a member who is missing': { checks: ['members'], isMended: true, isBelieved: true },
  'a member whom nobody added': { checks: ['members'], isMended: true, isBelieved: true },
  'a role that nobody gave': { checks: ['members'], isMended: true, isBelieved: true },
  'a mark above the last message': { checks: ['marks'], isMended: true, isBelieved: true },
  'a mark below the first message': { checks: ['marks'], isMended: true, isBelieved: true },
  'a wrong digest of the open block': { checks: ['digests'], isMended: true },
  'a digest of a full block that is missing': { checks: ['digests'], isMended: true },
  'the last message lost': { checks: ['header', 'digests'], isMended: true, isBelieved: true },
  'a message lost in the middle': { checks: ['seq', 'rev', 'digests'], isMended: false },
  'the first message lost': { checks: ['seq', 'rev', 'header', 'members', 'digests'], isMended: false },
  'the message lost that removed somebody': { checks: ['header', 'members', 'digests'], isMended: false },
  'a rev that is there twice': { checks: ['rev', 'digests'], isMended: false },
  'a message that is older than the one before it': { checks: ['order'], isMended: false },
  'a message that cannot be read': { checks: ['body'], isMended: false },
  'a message in no conversation': { checks: ['orphans'], isMended: false },
  'a sender who is not there': { checks: ['orphans'], isMended: false },
  'a reaction of nobody': { checks: ['orphans'], isMended: false },
  'a mention of nobody': { checks: ['orphans'], isMended: false },
  'a membership in no conversation': { checks: ['orphans'], isMended: true },
  'a session of nobody': { checks: ['orphans'], isMended: true },
  'an account entry of nobody': { checks: ['orphans'], isMended: true },
  'a last seen time of nobody': { checks: ['orphans'], isMended: true },
  'a name of nobody': { checks: ['orphans'], isMended: true },
  'an operation on nothing': { checks: ['orphans'], isMended: true },
  'a person who is not found by their name': { checks: ['names'], isMended: true },
} as const satisfies Record<string, Kind>

export type Damage = keyof typeof kinds

/** Damage as an engine can suffer it. */
type Damaging = (place: string, sound: Sound) => void | Promise<void>

export interface CustodyParts {
  open: OpenStore
  /** Of the store of that place. */
  custodyOf: (place: string) => Custody
  /** The same store under another name. */
  clone: (from: string, to: string) => void | Promise<void>
  /** Where a test may write. */
  folder: string
  /** What cannot happen to an engine is not there. */
  damage: Readonly<Partial<Record<Damage, Damaging>>>
  /** What is otherwise with this engine. */
  differs?: Readonly<Partial<Record<Damage, Partial<Kind>>>>
  /** Whether a copy takes the place of a store, which is kept; or only one where none is. */
  replaces: boolean
}

export function custodyContract(name: string, parts: CustodyParts): void {
  describe(`custody contract: ${name}`, { timeout: 120_000 }, () => {
    copies(parts)
    restores(parts)
    if (parts.replaces) replacements(parts)
    doctors(parts)
  })
}

/** Reads a copy as a store would hold it. */
async function examine(custody: Custody, file?: string): Promise<Report> {
  const doctor = await custody.doctor(file)
  try {
    return await doctor.examine()
  } finally {
    await doctor.close()
  }
}

async function aSession(store: Store, userId: UserId): Promise<SessionId> {
  const id = newUserId() as string as SessionId
  const at = { createdAt: start, lastUsedAt: start, rotatedAt: start }
  await store.sessions.create({
    id,
    userId,
    deviceName: 'A phone',
    generation: 1,
    isConfirmed: true,
    salt: 's',
    place: '',
    provedAt: start,
    ...at,
  })
  return id
}

/** A copy in a place where no store is, opened. */
async function openCopy(
  { open, custodyOf }: Pick<CustodyParts, 'open' | 'custodyOf'>,
  copy: string,
  place: string,
): Promise<Store> {
  const occupied = await custodyOf(place).occupy()
  try {
    await occupied.needRoom()
    await occupied.install(copy)
  } finally {
    await occupied.release()
  }
  return open(place)
}

function copies({ open, custodyOf, folder }: CustodyParts): void {
  describe('copies', () => {
    const copyOf = (place: string) => `${folder}/${place}.copy`

    test('[P1] [P3] a copy of a store in use is one instant: all that was acknowledged before, and no hole', async () => {
      const store = await open('busy')
      const [alice, bob] = [await person(store), await person(store)]
      const ids = await Promise.all(upTo(5).map(() => group(store, alice, [bob])))
      const acknowledged = new Map<ConversationId, number>()
      let isOver = false
      const writing = ids.map(async (id) => {
        while (!isOver) {
          const { seq } = await say(store, alice, id, 'and on')
          acknowledged.set(id, seq)
        }
      })
      await expect.poll(() => acknowledged.size).toBe(ids.length)
      const custody = custodyOf('busy')
      const before = new Map(acknowledged)
      const facts = await custody.take(copyOf('busy'))
      const after = [...acknowledged.values()].reduce((sum, seq) => sum + seq, 0)
      isOver = true
      await Promise.all(writing)
      await store.close()

      expect(faultsIn(await examine(custody, copyOf('busy')))).toBe(0)
      expect(await custody.facts(copyOf('busy'))).toEqual(facts)
      expect(facts).toMatchObject({ epoch: store.epoch, counts: { users: 2, conversations: 5 } })
      const wanted = [...before.values()].reduce((sum, seq) => sum + seq, 0)
      expect(facts.counts.messages).toBeGreaterThanOrEqual(wanted)
      expect(facts.counts.messages).toBeLessThanOrEqual(after + ids.length)

      const copied = await openCopy({ open, custodyOf }, copyOf('busy'), 'busy-copied')
      for (const [id, seq] of before) {
        expect((await allOf(copied, id)).length).toBeGreaterThanOrEqual(seq)
        await expectWhole(copied, id)
      }
      await copied.close()
    })

    test('[SEC-25] a copy is for its owner only, and knows of no session', async () => {
      const store = await open('private')
      const alice = await person(store)
      const session = await aSession(store, alice.id)
      const custody = custodyOf('private')
      const umask = process.umask(0)
      await custody.take(copyOf('private'))
      process.umask(umask)
      expect(statSync(copyOf('private')).mode & 0o777).toBe(0o600)
      expect(await store.sessions.byId(session)).not.toBeNull()
      await store.close()
      const copied = await openCopy({ open, custodyOf }, copyOf('private'), 'private-copied')
      expect(await copied.sessions.ofUser(alice.id)).toEqual([])
      expect(await copied.users.byId(alice.id)).toEqual(alice)
      await copied.close()
    })

    test('a copy that is given up rejects, and the store goes on', async () => {
      const store = await open('given-up')
      await person(store)
      const stop = new AbortController()
      stop.abort()
      await expect(custodyOf('given-up').take(copyOf('given-up'), { signal: stop.signal })).rejects.toThrow()
      await store.probe()
      await store.close()
    })

    test('there is nothing to copy where no store is', async () => {
      const place = custodyOf('nowhere')
      await expect(place.take(copyOf('nowhere'))).rejects.toThrow(/no store/u)
      await expect((async () => place.doctor())()).rejects.toThrow(/no store/u)
      expect(existsSync(copyOf('nowhere'))).toBe(false)
    })
  })
}

function restores({ open, custodyOf, folder }: CustodyParts): void {
  describe('restores', () => {
    test('[SYNC-7] a restored copy is another life of the store: another epoch, no sessions, all else the same', async () => {
      const store = await open('lived')
      const [alice, bob] = [await person(store, 'Alice'), await person(store, 'Bob')]
      const id = await group(store, alice, [bob], 'Kept')
      const one = await say(store, alice, id, 'one', { mentions: [bob.id] })
      await happen(store, alice, id, { event: 'role_changed', userId: bob.id, role: 'admin' })
      const opId = newOpId()
      const edit = { conversationId: id, id: one.id, userId: alice.id, opId, movesBody: true }
      await store.log.change(
        edit,
        (now) => ({ ...now, body: { text: 'uno' }, editedAt: start }) as typeof now,
      )
      await store.receipts.mark(id, bob.id, { readSeq: 2 })
      const contact = { userId: bob.id, addedAt: start }
      await store.account.put(alice.id, `contact:${bob.id}`, contact)
      await store.presence.setLastSeen(alice.id, start)
      const session = await aSession(store, alice.id)
      const pair = await direct(store, alice, bob)
      const all = async (of: Store) => ({
        messages: [await allOf(of, id), await allOf(of, pair)],
        row: await of.conversations.byId(id),
        list: await of.conversations.headsOfUser(bob.id),
        view: await of.members.view(id),
        marks: await of.receipts.ofConversation(id),
        users: [await of.users.byId(alice.id), await of.users.byUsername(bob.username)],
        found: await of.users.find({ viewerId: alice.id, query: 'bob', scope: 'known', limit: 5 }),
        account: await of.account.since(alice.id, 0),
        seen: await of.presence.lastSeen([alice.id]),
        digests: await of.digests.of(id, { from: 1, before: null, limit: 9 }),
      })
      const held = await all(store)
      const copy = `${folder}/lived.copy`
      await custodyOf('lived').take(copy)
      await say(store, alice, id, 'after')
      await store.close()

      const occupied = await custodyOf('lived-again').occupy()
      await occupied.revive(copy)
      await occupied.release()
      const after = await openCopy({ open, custodyOf }, copy, 'lived-again')
      expect(existsSync(copy)).toBe(false)
      expect(after.epoch).not.toBe(store.epoch)
      expect(await after.sessions.byId(session)).toBeNull()
      expect(await all(after)).toEqual(held)
      expect((await after.log.change(edit, (now) => now)).outcome).toBe('repeat')
      expect(await direct(after, bob, alice)).toBe(pair)
      expect((await say(after, bob, id, 'on')).seq).toBe(4)
      await expectWhole(after, id)
      await after.close()
      expect(faultsIn(await examine(custodyOf('lived-again')))).toBe(0)
    })

    test('[ERASE-5] a restored copy carries the ledger of deleted accounts, and what the operator kept of it', async () => {
      const store = await open('erased')
      const [alice, bob] = [await person(store, 'Alice'), await person(store, 'Bob')]
      const copy = `${folder}/erased.copy`
      const row = {
        messages: 'erase',
        requestedAt: start,
        dueAt: start,
        nameHash: 'h',
        nameUntil: start,
      } as const
      await store.erasures.request({ userId: bob.id, ...row })
      await custodyOf('erased').take(copy)
      await store.close()
      expect(await custodyOf('erased').erasures()).toMatchObject([{ userId: bob.id, state: 'waiting' }])

      const occupied = await custodyOf('erased-again').occupy()
      await occupied.revive(copy, [{ userId: alice.id, ...row, state: 'done', doneAt: start }])
      await occupied.install(copy)
      await occupied.release()
      const after = await open('erased-again')
      expect(await after.erasures.of(alice.id)).toMatchObject({ state: 'running', doneAt: null })
      const waiting = await after.erasures.of(bob.id)
      expect(waiting?.state).toBe('waiting')
      expect(waiting?.dueAt).toBeGreaterThan(start)
      await after.close()
    })

    test('nobody else uses a store that an operator has, and no operator one that a server has', async () => {
      const store = await open('taken')
      await person(store)
      const custody = custodyOf('taken')
      await expect((async () => custody.occupy())()).rejects.toThrow(/server is using/u)
      await store.close()
      const occupied = await custody.occupy()
      await expect(open('taken')).rejects.toThrow()
      await occupied.release()
      await (await open('taken')).close()
    })
  })
}

function replacements({ open, custodyOf, folder }: CustodyParts): void {
  describe('replacements', () => {
    test('[SYNC-7] a copy in the store’s place is another life of it: another epoch, no sessions, all else the same', async () => {
      const store = await open('restored')
      const alice = await person(store, 'Alice')
      const id = await group(store, alice, [], 'Kept')
      await say(store, alice, id, 'before')
      const session = await aSession(store, alice.id)
      const custody = custodyOf('restored')
      const copy = `${folder}/restored.copy`
      await custody.take(copy)
      const held = await allOf(store, id)
      await say(store, alice, id, 'after')
      await expect((async () => custody.occupy())()).rejects.toThrow(/server is using/u)
      await store.close()

      const occupied = await custody.occupy()
      await expect((async () => custody.occupy())()).rejects.toThrow(/server is using/u)
      await expect(open('restored')).rejects.toThrow()
      await occupied.revive(copy)
      const aside = await occupied.install(copy)
      await occupied.release()
      expect(existsSync(copy)).toBe(false)

      const after = await open('restored')
      expect(after.epoch).not.toBe(store.epoch)
      expect(await after.sessions.byId(session)).toBeNull()
      expect(await allOf(after, id)).toEqual(held)
      expect((await say(after, alice, id, 'on')).seq).toBe(3)
      await after.close()

      // What was there is kept whole, and can be put back.
      expect(await custody.facts(aside ?? '')).toMatchObject({ epoch: store.epoch, counts: { messages: 3 } })
      const again = await custody.occupy()
      await again.install(aside ?? '')
      await again.release()
      const back = await open('restored')
      expect((await allOf(back, id)).length).toBe(3)
      await back.close()
    })

    test('a store is not replaced while somebody reads it', async () => {
      const store = await open('read')
      await person(store)
      const custody = custodyOf('read')
      const copy = `${folder}/read.copy`
      await custody.take(copy)
      await store.close()
      const doctor = await custody.doctor()
      await doctor.examine()
      const occupied = await custody.occupy()
      await expect((async () => occupied.install(copy))()).rejects.toThrow(/reading/u)
      expect(existsSync(copy)).toBe(true)
      await doctor.close()
      expect(await occupied.install(copy)).not.toBeNull()
      await occupied.release()
    })
  })
}

function doctors({ open, custodyOf, clone, damage, differs = {}, folder }: CustodyParts): void {
  describe('doctors', () => {
    let sound: Sound | null = null
    beforeAll(async () => {
      const store = await open('sound')
      sound = await makeSound(store)
      // A server may be writing meanwhile.
      expect(faultsIn(await examine(custodyOf('sound')))).toBe(0)
      await store.close()
    }, 120_000)

    test('a sound store has no faults, and there is nothing to repair', async () => {
      const custody = custodyOf('sound')
      const report = await examine(custody)
      expect(report).toMatchObject({
        faults: [],
        counts: {},
        looked: { conversations: 2, messages: 263, users: 4 },
      })
      const occupied = await custody.occupy()
      expect(await occupied.repair()).toEqual([])
      await occupied.release()
    })

    const rows = (Object.entries(kinds) as [Damage, Kind][]).flatMap(([kind, expected]) => {
      const doing = damage[kind]
      return doing === undefined ? [] : [[kind, { ...expected, ...differs[kind] }, doing] as const]
    })
    test.each(rows)('it finds %s', async (kind, { checks, isMended, isBelieved = false }, doing) => {
      if (sound === null) throw new Error('there is no sound store')
      const place = `damaged-${Object.keys(kinds).indexOf(kind)}`
      await clone('sound', place)
      await doing(place, sound)
      const custody = custodyOf(place)
      const found = await examine(custody)
      expect(Object.keys(found.counts).sort()).toEqual([...checks].sort())
      for (const { where, says } of found.faults) expect([where, says]).not.toContain('')
      if (isMended) expect(found.repairable).toBe(faultsIn(found))

      const epoch = await epochOf(custody, place)
      const occupied = await custody.occupy()
      const done = await occupied.repair()
      await occupied.release()
      const left = await examine(custody)
      expect(left.repairable).toBe(0)
      expect(faultsIn(left) === 0).toBe(isMended)
      expect(done.length > 0).toBe(found.repairable > 0)
      expect((await epochOf(custody, place)) !== epoch).toBe(isBelieved)
    })
  })

  async function epochOf(custody: Custody, place: string): Promise<string> {
    const copy = `${folder}/${place}.copy`
    const { epoch } = await custody.take(copy)
    rmSync(copy)
    return epoch
  }
}

async function makeSound(store: Store): Promise<Sound> {
  const [alice, bob, carol, stranger] = [
    await person(store, 'Alice Martin'),
    await person(store, 'Bob'),
    await person(store),
    await person(store),
  ]
  const conversationId = await group(store, alice, [bob, carol], 'Walkers')
  const first = await say(store, alice, conversationId, 'one', { mentions: [bob.id] })
  const third = await say(store, bob, conversationId, 'two')
  for (const user of [alice, carol]) {
    const target = { conversationId, id: third.id, userId: user.id, opId: newOpId(), movesBody: false }
    await store.log.change(target, (message) => ({
      ...message,
      reactions: [...message.reactions, { emoji: user === alice ? '👍' : '🎉', userIds: [user.id] }],
    }))
  }
  await happen(store, alice, conversationId, { event: 'role_changed', userId: bob.id, role: 'admin' })
  await happen(store, bob, conversationId, { event: 'title_changed', title: 'Hikers' })
  await Promise.all(upTo(256).map((number) => say(store, alice, conversationId, `n ${number}`)))
  await store.receipts.mark(conversationId, bob.id, { readSeq: first.seq, deliveredSeq: third.seq })
  const removedFromId = await group(store, alice, [bob])
  await happen(store, alice, removedFromId, { event: 'member_removed', userId: bob.id })
  await aSession(store, alice.id)
  await store.account.put(alice.id, `contact:${bob.id}`, { userId: bob.id, addedAt: start })
  await store.presence.setLastSeen(alice.id, start)
  return {
    conversationId,
    aliceId: alice.id,
    bobId: bob.id,
    strangerId: stranger.id,
    removedFromId,
    messageId: third.id,
  }
}
