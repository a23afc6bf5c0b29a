// SYNC-7: a server goes back to a backup while people are connected. Everybody ends up with what the server has, and
// nobody loses what had not been sent: on devices that were online, offline, or switched off meanwhile.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConversationId } from '@palabre/protocol'
import type { Device } from '../kit/device.ts'
import { groupOf, range, seqsOf, textsOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { palabreDoes } from '../kit/operator.ts'
import type { Person } from '../kit/people.ts'
import { observed } from '../kit/wait.ts'
import { useProcessWorld } from '../kit/world.ts'

// Of the stores, only SQLite is one file that these commands copy and put in place.
// Each command is a process of its own, which takes seconds to begin on a busy machine.
onEachStore('on %s', { timeout: 180_000, only: ['sqlite'] }, (store) => {
  const world = useProcessWorld(store)
  let folder = ''
  let backups = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palabre-restore-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function backUp(): Promise<string> {
    backups += 1
    const file = join(folder, `${backups}.tar`)
    await palabreDoes(world.server.dataDir, 'backup', file)
    return file
  }

  async function restore(file: string): Promise<void> {
    expect(await world.server.drain()).toBe(0)
    await palabreDoes(world.server.dataDir, 'restore', file)
    await world.server.restart()
  }

  test('[SYNC-7] [CON-3] connected devices are told to sign in again, and then hold what the server holds', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const tablet = await alice.opens()
    const id = await groupOf(alice, bob, carol)
    const first = await alice.says('before', id)
    const second = await bob.says('also before', id)
    await carol.device.sees(id, second.id)
    const file = await backUp()

    // None of this will have happened.
    const lost = await alice.says('after the backup', id)
    const target = { conversationId: id, id: first.id }
    await alice.does('editMessage', { ...target, bodyRev: first.bodyRev, body: { text: 'edited' } })
    await bob.does('react', { ...target, emoji: '👍' })
    await alice.does('updateConversation', { conversationId: id, title: 'Another title' })
    await alice.does('addContact', { userId: bob.id })
    await alice.device.client.auth.updateMe({ displayName: 'Alice Renamed' })
    await carol.device.client.auth.updateMe({ about: 'Elsewhere' })
    await carol.device.sees(id, lost.id)
    for (const person of [bob, carol]) person.device.client.receipts.markRead(id, lost.seq)
    await alice.does('removeMember', { conversationId: id, userId: carol.id })
    await observed(carol.device.client.conversations.one(id), (view) => view === null, 'carol is out')
    await observed(
      tablet.client.messages.timeline(id),
      ({ messages }) => messages.length === 6,
      'the tablet follows',
    )

    await restore(file)
    const devices = [alice.device, tablet, bob.device, carol.device]
    await Promise.all(devices.map(toldToSignInAgain))
    for (const person of [alice, bob, carol]) {
      for (const device of person.devices) await signsInAgain(person, device)
    }
    for (const device of devices) {
      const history = await device.history(id)
      expect(textsOf(history)).toEqual(['before', 'also before'])
      expect(seqsOf(history)).toEqual(range(1, 3))
    }
    expect(tablet.client.me.get()?.displayName).toBe('Alice')
    expect(tablet.client.users.contacts.get()).toEqual([])
    // Numbers are used again, for other messages.
    const again = await bob.says('a new life', id)
    expect(again.seq).toBe(lost.seq)
    for (const device of devices) await device.sees(id, again.id)
  })

  test('[SYNC-7] [OUT-1] what was not sent goes out after the restore, once and in order', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await alice.opens({ network })
    const tablet = await alice.opens()
    const { conversationId: id, ...first } = await alice.says('before', bob)
    const kept = await alice.says('to be changed', id)
    const gone = await alice.says('to be deleted', id)
    await phone.sees(id, gone.id)
    const file = await backUp()
    const after = await bob.says('will be lost', id)
    await phone.sees(id, after.id)
    const edited = await alice.device.client.messages
      .edit(id, kept.id, 'changed once')
      .then(() => phone.sees(id, kept.id, ({ message }) => message.editedAt !== null))

    // Offline, with everything that an outbox can hold; the edit is based on a rev that will not have been.
    network.cut()
    phone.setOnline(false)
    const texts = range(1, 5).map((n) => `unsent ${n}`)
    for (const text of texts) await phone.writes(text, id)
    await phone.client.messages.edit(id, edited.id, 'changed twice')
    await phone.client.messages.react(id, first.id, '🎉')
    await phone.client.messages.delete(id, gone.id)
    // Switched off, with something unsent too.
    tablet.setOnline(false)
    await tablet.writes('from the tablet', id)
    await tablet.stop()

    await restore(file)
    network.heal()
    await toldToSignInAgain(phone)
    // Not asked for, and not gone: it waits for who signs in.
    await signsInAgain(alice, phone)
    await tablet.start()
    await toldToSignInAgain(tablet)
    await signsInAgain(alice, tablet)
    for (const [person, device] of [
      [alice, alice.device],
      [bob, bob.device],
    ] as const) {
      await toldToSignInAgain(device)
      await signsInAgain(person, device)
    }

    for (const device of [phone, tablet])
      await observed(device.client.waiting, (waiting) => waiting === 0, 'nothing waits any more')
    for (const device of [phone, tablet, alice.device, bob.device]) {
      await device.reads(id, 'from the tablet')
      await device.reads(id, 'changed twice')
      await device.sees(id, gone.id, ({ message }) => message.deletedAt !== null)
      await device.sees(id, first.id, ({ message }) => message.reactions.length === 1)
      const history = await device.history(id)
      expect(seqsOf(history)).toEqual(range(1, history.length))
      const said = textsOf(history)
      expect(said.slice(0, 2)).toEqual(['before', 'changed twice'])
      expect(said.filter((text) => text.startsWith('unsent'))).toEqual(texts)
      expect(said).toHaveLength(3 + texts.length + 1)
    }
  })

  test('[SYNC-7] what was on its way when the server stopped is there once, whichever life it reached', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId: id } = await alice.says('before', bob)
    await bob.device.reads(id, 'before')
    const file = await backUp()
    const texts = range(1, 40).map((n) => `on its way ${n}`)
    const writing = (async () => {
      for (const text of texts) await alice.device.writes(text, id)
    })()
    await bob.device.reads(id, 'on its way 3')
    await world.server.kill()
    await writing
    // Those that were acknowledged are the old life's; the others are still alice's to send.
    const unsent = alice.device.client.waiting.get()
    await palabreDoes(world.server.dataDir, 'restore', file)
    await world.server.restart()
    for (const person of [alice, bob]) {
      await toldToSignInAgain(person.device)
      await signsInAgain(person, person.device)
    }
    await observed(alice.device.client.waiting, (waiting) => waiting === 0, 'nothing waits any more')
    expect(unsent).toBeGreaterThan(0)
    await bob.device.reads(id, texts.at(-1)!)
    const history = await bob.device.history(id)
    expect(seqsOf(history)).toEqual(range(1, history.length))
    // In order, each once, and none missing of those that waited.
    expect(textsOf(history)).toEqual(['before', ...texts.slice(texts.length - unsent)])
  })

  test('[SYNC-7] a conversation and an account of after the backup are gone, and nothing of theirs is in the way', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId: old } = await alice.says('before', bob)
    const file = await backUp()
    const { dave } = await world.people('dave')
    const id: ConversationId = await groupOf(alice, bob, dave)
    await alice.device.joins(id)
    alice.device.setOnline(false)
    const failing = await alice.device.writes('to a group that will not have been', id)
    await alice.device.writes('to one that will', old)

    await restore(file)
    await toldToSignInAgain(alice.device)
    await signsInAgain(alice, alice.device)
    await toldToSignInAgain(bob.device)
    await signsInAgain(bob, bob.device)
    await bob.device.reads(old, 'to one that will')
    expect(alice.device.client.conversations.one(id).get()).toBeNull()
    // Kept, as refused: nobody has thrown away what alice wrote.
    const entries = async () => (await alice.device.cache.read()).outbox
    await observed(alice.device.client.waiting, (waiting) => waiting === 0, 'nothing waits any more')
    expect((await entries()).map(({ messageId }) => messageId)).toEqual([failing])
    await expect(
      dave.device.client.auth.login({ username: dave.username, password: dave.password }),
    ).rejects.toMatchObject({ code: 'CREDENTIALS_WRONG' })
    await dave.leaves()
  })
})

async function toldToSignInAgain(device: Device): Promise<void> {
  // Who has tried in vain for a while waits longer and longer: someone looks at the device.
  device.setOnline(false)
  device.setOnline(true)
  const state = await observed(
    device.client.connection,
    ({ name }) => name === 'signedOut',
    'told to sign in again',
  )
  expect(state).toEqual({ name: 'signedOut', because: 'SESSION_UNKNOWN' })
}

async function signsInAgain(person: Person, device: Device): Promise<void> {
  await device.client.auth.login({ username: person.username, password: person.password })
  await device.online()
}
