// A server moves from SQLite to MongoDB and back, by the program's own command, killed in the middle: its people stay
// signed in, their devices go on where they were, and repeats are known.
import { setImmediate } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { afterAll, describe, expect, test } from 'vitest'
import type { ConversationId, MessageId } from '@palabre/protocol'
import { createDatabases } from '../kit/databases.ts'
import { groupOf, newMessageId, newOpId, range, send, seqsOf, textTo } from '../kit/make.ts'
import { palabre, palabreDoes, startCommand, type RunningCommand } from '../kit/operator.ts'
import type { Person } from '../kit/people.ts'
import { shortnessOf } from '../kit/on-stores.ts'
import { absenceOf } from '../kit/stores.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useProcessWorld } from '../kit/world.ts'

/** A command is a whole program that begins, with indexes to make. */
const startMs = 120_000
/** More than a batch of what is moved at once. */
const many = 2_500

// Each command is a process of its own, which takes seconds to begin on a busy machine.
describe.skipIf(absenceOf('mongo') ?? shortnessOf('mongo'))(
  'from SQLite to MongoDB and back',
  { timeout: 300_000 },
  () => {
    const world = useProcessWorld('sqlite')
    const databases = createDatabases()
    afterAll(() => databases.drop())

    test('[SYNC-2] [SYNC-7] [LOG-2] [LOG-7] [CON-3] nobody notices, though it was killed in the middle', async () => {
      const { alice, bob } = await world.people('alice', 'bob')
      const network = await world.network()
      const phone = await alice.opens({ network })
      const id = await groupOf(alice, bob)
      await fill(alice, id)
      const known = { ...textTo(id, 'sent once'), id: newMessageId() }
      const { message: first } = await bob.does('sendMessage', known)
      if (first === undefined) throw new Error('it was not stored')
      const opId = newOpId()
      await alice.does('react', { conversationId: id, id: first.id, emoji: '👍', opId })
      await phone.sees(id, first.id)
      const before = await everythingOf(bob)

      // Half of a sync: the phone has heard so much, and not what follows.
      network.cut()
      phone.setOnline(false)
      await phone.writes('unsent', id)
      const missed = await bob.says('while the phone was away', id)
      await alice.does('deleteMessage', { conversationId: id, id: (await send(alice, id, 'deleted')).id })
      const url = databases.urlOf('moved')
      const dataDir = world.server.dataDir
      const ends = ['migrate', '--from', `sqlite:${dataDir}`, '--to', url]
      const refused = await palabre(dataDir, ...ends)
      expect(refused.errors).toContain('server is using')
      expect(refused.code).toBe(1)
      await world.server.drain()
      const killed = startCommand(dataDir, ends)
      await half(killed, url)
      killed.kill('SIGKILL')
      expect((await killed.ended).code).toBeNull()

      const settings = { STORE: 'mongo', MONGODB_URL: url, KEYS_DIR: `${dataDir}/keys` }
      await expect(world.server.restart(settings)).rejects.toThrow(/not all there/u)
      const said = await palabreDoes(dataDir, ...ends)
      expect(said).toMatch(/Going on after \d+ records/u)
      expect(said).toMatch(/Moved: \d+ messages in \d+ conversations of 2 people, .* signed-in devices/u)
      expect((await palabre(dataDir, ...ends)).errors).toContain('holds this store already')

      await world.server.restart()
      await expectGoingOn({ alice, bob, id, first, known, opId, before })
      network.heal()
      phone.setOnline(true)
      await comeBack(alice, bob)
      await phone.sees(id, missed.id)
      await observed(phone.client.waiting, (waiting) => waiting === 0, 'nothing waits any more')
      await bob.device.reads(id, 'unsent')
      for (const device of [phone, alice.device, bob.device])
        expect(device.client.connection.get().name).toBe('online')

      // And back, into another folder: what is in this one is the old store.
      await alice.says('on MongoDB', id)
      const held = await everythingOf(bob)
      await world.server.drain()
      const folder = `${dataDir}/back`
      await palabreDoes(dataDir, 'migrate', '--from', url, '--to', `sqlite:${folder}`)
      expect(await palabreDoes(folder, 'doctor')).toContain('nothing is wrong')
      await world.server.restart({ STORE: 'sqlite', MONGODB_URL: '', DATA_DIR: folder })
      await comeBack(alice, bob)
      await expectGoingOn({ alice, bob, id, first, known, opId, before: held })
      const history = await bob.device.history(id)
      expect(seqsOf(history)).toEqual(range(1, history.length))
    })

    interface Going {
      alice: Person
      bob: Person
      id: ConversationId
      first: { id: MessageId; seq: number; rev: number }
      known: ReturnType<typeof textTo>
      opId: ReturnType<typeof newOpId>
      before: Awaited<ReturnType<typeof everythingOf>>
    }

    /** Sessions by hand are good, a sync goes on where it was, and repeats are known. */
    async function expectGoingOn({ alice, bob, id, first, known, opId, before }: Going): Promise<void> {
      const revs = Object.fromEntries(
        before.conversations.map(({ conversation, rev }) => [conversation.id, rev]),
      )
      const after = await bob.does('sync', {
        epoch: before.epoch,
        conversations: revs,
        account: before.account.rev,
        profiles: before.profiles.rev,
      })
      expect(after.epoch).toBe(before.epoch)
      expect(after.removed).toEqual([])
      expect(after.conversations.map(({ reset }) => reset)).not.toContain(true)
      expect(after.account.reset).toBe(false)
      for (const delta of after.conversations)
        for (const { rev } of delta.messages) expect(rev).toBeGreaterThan(revs[delta.conversation.id] ?? 0)

      const repeat = await bob.does('sendMessage', known)
      expect(repeat).toMatchObject({ duplicate: true, message: { id: first.id, seq: first.seq } })
      const again = await alice.does('react', { conversationId: id, id: first.id, emoji: '👍', opId })
      expect(again.message.reactions).toEqual([{ emoji: '👍', userIds: [alice.id] }])
      expect(again.message.rev).toBe(repeat.message?.rev)
    }
  },
)

/** At once, instead of after up to half a minute of patience. */
async function comeBack(...people: Person[]): Promise<void> {
  for (const { device } of people) {
    device.setOnline(false)
    device.setOnline(true)
    await observed(device.client.connection, ({ name }) => name === 'online', 'the device is back')
  }
}

const everythingOf = (person: Person) => person.does('sync', { conversations: {}, account: 0 })

/** A long conversation, by many hands at once. */
async function fill(person: Person, id: ConversationId): Promise<void> {
  const socket = await person.socket()
  const numbers = range(1, many)
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
        const answer = await socket.ask('sendMessage', textTo(id, `n ${n}`))
        if (!answer.ok) throw new Error(`not sent: ${answer.error.code}`)
      }
    }),
  )
}

/** Resolves as soon as some, and not all, has been written. */
async function half(command: RunningCommand, url: string): Promise<void> {
  const client = new MongoClient(url)
  let isOver = false
  void command.ended.then(() => (isOver = true))
  try {
    await eventually(
      async () => {
        for (let looks = 0; looks < 200; looks++) {
          if (isOver) throw new Error('it was done before it could be killed')
          const journal = await client
            .db()
            .collection<{ _id: string; value: string }>('meta')
            .findOne({ _id: 'transfer' })
          if (journal !== null && (JSON.parse(journal.value) as { written: number }).written > 0) return true
          await setImmediate()
        }
        return undefined
      },
      'a part of the move',
      startMs,
    )
  } finally {
    await client.close()
  }
}
