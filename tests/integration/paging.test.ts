// Walks through lists in pages while the lists move.
import { expect, test } from 'vitest'
import type { ConversationId, InputOf, UserId } from '@palabre/protocol'
import { groupOf, send } from '../kit/make.ts'
import type { Person } from '../kit/people.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  async function groups(owner: Person, other: Person, count: number): Promise<ConversationId[]> {
    const ids: ConversationId[] = []
    for (let i = 0; i < count; i++) ids.push(await groupOf(owner, other))
    return ids
  }

  /** From page to page; `meanwhile` runs after each with its number. */
  async function walk(person: Person, limit: number, meanwhile: (page: number) => Promise<unknown>) {
    const seen: ConversationId[] = []
    let cursor: string | null = null
    let pages = 0
    do {
      const input: InputOf<'listConversations'> = cursor === null ? { limit } : { limit, cursor }
      const page = await person.does('listConversations', input)
      expect(page.conversations.length).toBeLessThanOrEqual(limit)
      expect(page.hasMore).toBe(page.cursor !== null)
      seen.push(...page.conversations.map(({ id }) => id))
      cursor = page.cursor
      await meanwhile(++pages)
    } while (cursor !== null)
    return seen
  }

  test('[PAGE-1] conversations come in pages of 20, once each and in one order, while others become the newest', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids = await groups(alice, bob, 45)
    const before = ids.toReversed()
    let pages = 0
    const seen = await walk(alice, 20, async (page) => {
      pages = page
      if (page > 2) return
      // Of those that were told, of those that come next, and the very last one: to the top, some of them twice.
      for (const place of [1, 19 * page, 20 * page, 20 * page + 3, 44]) await send(bob, before[place]!, 'up')
      await groupOf(bob, alice)
    })
    expect(pages).toBe(3)
    expect(seen).toEqual(before)
    const first = await alice.does('listConversations', {})
    expect(first.conversations).toHaveLength(20)
    expect(first.total).toBe(47)
  })

  test('[PAGE-1] even when everything that was not told yet moves at once, and again', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids = await groups(alice, bob, 9)
    const seen = await walk(alice, 2, async () => {
      for (const id of ids) await send(bob, id, 'all of them')
    })
    expect(seen).toEqual(ids.toReversed())
  })

  test('[PAGE-1] [SYNC-8] who left meanwhile, or was added again, finds no place that they had before', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids = await groups(alice, bob, 6)
    const seen = await walk(bob, 2, async (page) => {
      if (page !== 1) return
      await bob.does('removeMember', { conversationId: ids[3]!, userId: bob.id })
      await bob.does('removeMember', { conversationId: ids[1]!, userId: bob.id })
      await alice.does('addMembers', { conversationId: ids[1]!, userIds: [bob.id] })
    })
    expect(seen).toEqual([ids[5], ids[4], ids[2], ids[0]])
  })

  test('[PAGE-1] by offset the list is as it is just now', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids = await groups(alice, bob, 4)
    await send(bob, ids[0]!, 'up')
    const page = await alice.does('listConversations', { limit: 2, offset: 2 })
    expect(page.conversations.map(({ id }) => id)).toEqual([ids[2], ids[1]])
  })

  test('[PAGE-1] members come once each while roles and names change, and others come and go', async () => {
    const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'] as const
    const people = await world.accounts(...names)
    const { alice, bob, grace, heidi } = people
    const all = Object.values(people)
    const conversationId = await groupOf(
      alice,
      ...all.filter((person) => person !== alice && person !== heidi),
    )
    const stays = all.filter((person) => person !== grace && person !== heidi).map(({ id }) => id)
    const seen: UserId[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: { members: { user: { id: UserId } }[]; total: number; cursor: string | null } =
        await bob.does('listMembers', { conversationId, limit: 2, cursor })
      seen.push(...page.members.map(({ user }) => user.id))
      cursor = page.cursor
      if (seen.length === 2) {
        await alice.does('changeRole', { conversationId, userId: people.frank.id, role: 'admin' })
        await alice.does('changeRole', { conversationId, userId: bob.id, role: 'owner' })
        await people.carol.does('updateMe', { displayName: 'Zoe' })
        await people.frank.does('updateMe', { displayName: 'Aaron' })
        await grace.does('removeMember', { conversationId, userId: grace.id })
        await bob.does('addMembers', { conversationId, userIds: [heidi.id] })
      }
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.filter((id) => stays.includes(id)).toSorted()).toEqual(stays.toSorted())
    const byName = await bob.does('listMembers', { conversationId, limit: 2, offset: 1 })
    expect(byName).toMatchObject({ total: 7, cursor: null, members: [{ role: 'admin' }, { role: 'admin' }] })
  })

  test('[PAGE-1] contacts come once each while some are added and taken off', async () => {
    const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace'] as const
    const people = await world.accounts(...names)
    const { alice, grace, ...others } = people
    const ids = Object.values(others)
      .map(({ id }) => id)
      .toSorted()
    for (const userId of ids) await alice.does('addContact', { userId })
    const first = await alice.does('listContacts', { limit: 2 })
    expect(first.contacts.map(({ id }) => id)).toEqual(ids.slice(0, 2))
    await alice.does('removeContact', { userId: ids[0]! })
    await alice.does('addContact', { userId: grace.id })
    const rest = await alice.does('listContacts', { limit: 10, cursor: first.cursor! })
    expect(rest.cursor).toBeNull()
    expect(rest.contacts.map(({ id }) => id).filter((id) => id !== grace.id)).toEqual(ids.slice(2))
    expect((await alice.does('listContacts', {})).contacts).toHaveLength(5)
  })

  test('[PAGE-1] a cursor that is none, is of another list or comes with an offset is refused', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const [conversationId] = await groups(alice, bob, 3)
    for (const { id } of [bob, carol]) await alice.does('addContact', { userId: id })
    const members = { conversationId: conversationId!, limit: 1 }
    const { cursor: ofConversations } = await alice.does('listConversations', { limit: 1 })
    const { cursor: ofMembers } = await alice.does('listMembers', { ...members, cursor: '' })
    const { cursor: ofContacts } = await alice.does('listContacts', { limit: 1 })
    const sealed = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url')
    const none = [
      'nonsense',
      '-',
      sealed([]),
      sealed(['conversations', 'now', 1, conversationId]),
      sealed({}),
    ]
    for (const cursor of [...none, ofMembers!, ofContacts!])
      expect(await alice.refusal('listConversations', { cursor }), cursor).toBe('INVALID')
    for (const cursor of [...none, ofConversations!, ofContacts!])
      expect(await alice.refusal('listMembers', { ...members, cursor }), cursor).toBe('INVALID')
    for (const cursor of [...none, ofConversations!, ofMembers!])
      expect(await alice.refusal('listContacts', { cursor }), cursor).toBe('INVALID')
    for (const cursor of ['x'.repeat(201)]) {
      expect(await alice.refusal('listConversations', { cursor })).toBe('INVALID')
      expect(await alice.refusal('listContacts', { cursor })).toBe('INVALID')
    }
    expect(await alice.refusal('listConversations', { cursor: ofConversations!, offset: 1 })).toBe('INVALID')
    expect(await alice.refusal('listMembers', { ...members, cursor: ofMembers!, offset: 1 })).toBe('INVALID')
    await alice.does('listConversations', { cursor: ofConversations! })
    await alice.does('listMembers', { ...members, cursor: ofMembers! })
    await alice.does('listContacts', { cursor: ofContacts! })
  })
})
