// Contacts: kept in the account's log, so they follow a person to every device.
import { expect, test } from 'vitest'
import { someUserId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('someone is kept as a contact, once, and taken off again; nobody cannot be kept', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const kept = async () => (await alice.does('listContacts', {})).contacts.map(({ id }) => id)
    await alice.does('addContact', { userId: bob.id })
    await alice.does('addContact', { userId: bob.id })
    expect(await kept()).toEqual([bob.id])
    expect(await alice.refusal('addContact', { userId: someUserId() })).toBe('USER_NOT_FOUND')
    await alice.does('removeContact', { userId: bob.id })
    expect(await kept()).toEqual([])
    expect((await bob.does('listContacts', {})).contacts).toEqual([])
  })

  test('contacts follow to the other devices at once, and nobody else hears of it', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const laptop = await alice.opens()
    const heardByBob = await bob.socket()
    await alice.device.client.users.addContact(bob.id)
    await observed(laptop.client.users.contacts, (all) => all.some(({ id }) => id === bob.id), 'the contact')
    await alice.device.client.users.removeContact(bob.id)
    await observed(laptop.client.users.contacts, (all) => all.length === 0, 'the contact gone')
    expect(heardByBob.frames.join()).not.toContain(alice.id)
  })
})
