// Profiles: one's own, other people's, and finding people.
import { expect, test } from 'vitest'
import { groupOf, someUserId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('one reads and changes one’s own profile; names that deceive are refused', async () => {
    const { alice } = await world.accounts('alice')
    expect((await alice.does('getMe', {})).user).toEqual(alice.user)
    const { user } = await alice.does('updateMe', { displayName: '  Alice A.  ', about: 'Hiking.\nOften.' })
    expect(user).toMatchObject({ displayName: 'Alice A.', about: 'Hiking.\nOften.' })
    expect(user.rev).toBeGreaterThan(alice.user.rev)
    expect(await alice.refusal('updateMe', { displayName: 'ad\u200Bmin' })).toBe('INVALID')
    expect(await alice.refusal('updateMe', { displayName: '   ' })).toBe('INVALID')
    expect((await alice.does('getMe', {})).user).toEqual(user)
  })

  test('a changed profile reaches the people one talks to, on their open devices', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    await alice.says('hello', bob)
    await observed(
      bob.device.client.conversations.list,
      ({ conversations }) => conversations.length === 1,
      'the list',
    )
    await alice.device.client.auth.updateMe({ displayName: 'Alice Renamed' })
    await observed(
      bob.device.client.users.user(alice.id),
      (user) => user?.displayName === 'Alice Renamed',
      'bob sees the new name',
    )
  })

  test('an open directory finds by name and by username, and not what does not match', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    await bob.does('updateMe', { displayName: 'Bartholomew Quince' })
    const found = async (query: string) =>
      (await alice.does('findUsers', { query })).users.map(({ id }) => id).includes(bob.id)
    expect(await found(bob.username)).toBe(true)
    expect(await found('quince')).toBe(true)
    expect(await found('zzzzzzzz')).toBe(false)
    expect(await alice.refusal('findUsers', { query: '   ' })).toBe('INVALID')
  })

  test('a profile is read by id; an id of nobody is not found', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    expect((await alice.does('getUser', { userId: bob.id })).user.username).toBe(bob.username)
    expect(await alice.refusal('getUser', { userId: someUserId() })).toBe('USER_NOT_FOUND')
  })
})

onEachStore('with a directory of contacts only, on %s', { isLong: true }, (store) => {
  const world = useWorld(store, { DIRECTORY: 'contacts' })

  test('[SEC-9] a stranger is found by the exact username alone, and read only once known', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const found = async (query: string) =>
      (await alice.does('findUsers', { query })).users.map(({ id }) => id)
    expect(await found(bob.username.slice(0, -1))).toEqual([])
    expect(await found('bob')).toEqual([])
    expect(await found(bob.username)).toEqual([bob.id])
    expect(await alice.refusal('getUser', { userId: bob.id })).toBe('USER_NOT_FOUND')
    const change = { keep: 'privacy', at: Date.now(), matter: 'add', who: 'everyone' } as const
    await alice.does('keep', { change })
    await groupOf(bob, alice)
    expect(await alice.refusal('getUser', { userId: bob.id })).toBeNull()
    expect(await found('bob')).toContain(bob.id)
  })
})
