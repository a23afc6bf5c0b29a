// The contract of membership: it changes by system messages only, and is looked at by the commit (LOG-6).
import { describe, expect, test } from 'vitest'
import {
  limits,
  type ConversationId,
  type ErrorCode,
  type SystemBody,
  type User,
  type UserId,
} from '@palabre/protocol'
import { effectOf, type Foldable } from '../port/fold.ts'
import type { MemberRow } from '../port/members.ts'
import type { Store } from '../port/store.ts'
import {
  allOf,
  direct,
  expectRefusal,
  expectWhole,
  group,
  happen,
  newConversationId,
  newUserId,
  person,
  persons,
  say,
  systemBy,
  textBy,
  upTo,
  type StoreOf,
} from './kit.ts'

export function membersContract(storeOf: StoreOf): void {
  async function roleOf(id: ConversationId, user: User): Promise<string | undefined> {
    return (await storeOf().members.one(id, user.id))?.role
  }

  describe('members', () => {
    test('[LOG-6] adding people is one message, reduced to those who are no members yet', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      await say(store, alice, id, 'before')
      const added = await happen(store, alice, id, {
        event: 'members_added',
        userIds: [bob.id, carol.id, carol.id],
      })
      expect(added.body).toEqual({ event: 'members_added', userIds: [carol.id] })
      expect(await store.members.one(id, carol.id)).toEqual({
        userId: carol.id,
        role: 'member',
        joinedAt: added.createdAt,
        joinedSeq: added.seq,
        joinedRev: added.rev,
      })
      expect((await store.members.one(id, bob.id))?.joinedSeq).toBe(1)
      expect((await store.members.view(id))?.membersRev).toBe(added.rev)
      const again = await store.log.append(
        systemBy(alice, id, { event: 'members_added', userIds: [bob.id, carol.id] }),
      )
      expect(again).toEqual({ outcome: 'unchanged', message: null, isFormerMember: false, membersRev: 3 })
      await expectRefusal(
        happen(store, alice, id, { event: 'members_added', userIds: [newUserId()] }),
        'USER_NOT_FOUND',
      )
      await expectWhole(store, id)
    })

    test('[LOG-6] racing additions of the same people add each once', async () => {
      const store = storeOf()
      const [alice, ...others] = await persons(store, 11)
      if (alice === undefined) throw new Error('nobody')
      const id = await group(store, alice, [])
      await Promise.all(
        others.map((_, index) =>
          store.log.append(
            systemBy(alice, id, {
              event: 'members_added',
              userIds: others.slice(index).map((user) => user.id),
            }),
          ),
        ),
      )
      const added = (await allOf(store, id)).flatMap((message) =>
        message.kind === 'system' && message.body.event === 'members_added' ? message.body.userIds : [],
      )
      expect(added.sort()).toEqual(others.map((user) => user.id).sort())
      await expectWhole(store, id)
    })

    test('[MEM-3] who is added again begins anew', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      await store.receipts.mark(id, bob.id, { readSeq: 1 })
      await happen(store, alice, id, { event: 'member_removed', userId: bob.id })
      expect(await store.members.one(id, bob.id)).toBeNull()
      await say(store, alice, id, 'meanwhile')
      const added = await happen(store, alice, id, { event: 'members_added', userIds: [bob.id] })
      expect(await store.members.one(id, bob.id)).toMatchObject({
        role: 'member',
        joinedSeq: added.seq,
        joinedRev: added.rev,
      })
      const marks = await store.receipts.ofConversation(id)
      expect(marks.get(bob.id)).toEqual({ deliveredSeq: added.seq, readSeq: added.seq })
    })

    test('[P6] removed is removed: a message that races the removal is before it or refused', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      const messages = upTo(10).map((number) => store.log.append(textBy(bob, id, `n ${number}`)))
      const removal = happen(store, alice, id, { event: 'member_removed', userId: bob.id })
      const late = upTo(10).map((number) => store.log.append(textBy(bob, id, `late ${number}`)))
      const results = await Promise.allSettled([...messages, ...late])
      const { seq } = await removal
      for (const result of results) {
        if (result.status === 'fulfilled') expect(result.value.message?.seq).toBeLessThan(seq)
        else expect(result.reason).toMatchObject({ code: 'MEMBER_REQUIRED' })
      }
      await expectWhole(store, id)
    })

    test('[MEM-1] every commit tells which members it knew, whatever else is committed at once', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      const first = textBy(alice, id, 'first')
      const target = { conversationId: id, id: first.id, userId: alice.id, opId: null, movesBody: false }
      const commits = await Promise.all([
        store.log.append(first),
        store.log.append(systemBy(alice, id, { event: 'members_added', userIds: [carol.id] })),
        store.log.append(textBy(bob, id, 'second')),
        store.log.append(systemBy(alice, id, { event: 'title_changed', title: 'Other' })),
        store.log.append(systemBy(alice, id, { event: 'member_removed', userId: bob.id })),
        store.log.append(textBy(alice, id, 'third')),
      ])
      commits.push(
        { isFormerMember: false, ...(await store.log.change(target, (now) => ({ ...now, pinnedAt: 1 }))) },
        await store.log.append(textBy(carol, id, 'fourth')),
      )
      const changes = (await allOf(store, id)).filter(
        (message) => message.kind === 'system' && message.body.event !== 'title_changed',
      )
      for (const { message, membersRev } of commits) {
        const rev = message?.rev ?? 0
        expect(membersRev).toBe(changes.findLast((change) => change.rev <= rev)?.rev)
      }
      const now = (await store.members.view(id))?.membersRev
      expect((await store.log.append(first)).membersRev).toBe(now)
      expect((await store.log.change(target, (same) => same)).membersRev).toBe(now)
    })

    test('[P6] the role that a change needs is looked at by the commit', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob, carol])
      const rename = (title: string) =>
        store.log.append(systemBy(bob, id, { event: 'title_changed', title }, { requires: 'admin' }))
      await expectRefusal(rename('No'), 'ROLE_REQUIRED')
      await happen(store, alice, id, { event: 'role_changed', userId: bob.id, role: 'admin' })
      expect((await rename('Yes')).outcome).toBe('stored')
      const demotion = happen(store, alice, id, { event: 'role_changed', userId: bob.id, role: 'member' })
      const late = expectRefusal(rename('Too late'), 'ROLE_REQUIRED')
      await Promise.all([demotion, late])
      expect((await store.conversations.byId(id))?.header.title).toBe('Yes')
    })

    test('[LOG-2] a repeat of a system message is a repeat, though it would change nothing now', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      const leaving = systemBy(bob, id, { event: 'member_left', userId: bob.id, heirId: null })
      expect((await store.log.append(leaving)).outcome).toBe('stored')
      expect(await store.log.append(leaving)).toMatchObject({ outcome: 'repeat', isFormerMember: true })
      const naming = systemBy(alice, id, { event: 'title_changed', title: 'Named' })
      expect((await store.log.append(naming)).outcome).toBe('stored')
      expect((await store.log.append(naming)).outcome).toBe('repeat')
      expect(await allOf(store, id)).toHaveLength(3)
    })

    test('[LOG-6] title and description follow their messages; the same again changes nothing', async () => {
      const store = storeOf()
      const alice = await person(store)
      const id = await group(store, alice, [], 'Old')
      const membersRev = (await store.members.view(id))?.membersRev
      await happen(store, alice, id, { event: 'title_changed', title: 'New' })
      await happen(store, alice, id, { event: 'description_changed', description: 'About' })
      expect((await store.conversations.byId(id))?.header).toMatchObject({
        title: 'New',
        description: 'About',
      })
      for (const body of [
        { event: 'title_changed', title: 'New' } as const,
        { event: 'description_changed', description: 'About' } as const,
      ]) {
        expect((await store.log.append(systemBy(alice, id, body))).outcome).toBe('unchanged')
      }
      expect((await store.members.view(id))?.membersRev).toBe(membersRev)
      await expectWhole(store, id)
    })

    test('the owner hands the group over and stays as admin; nobody removes or demotes the owner', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      await happen(store, alice, id, { event: 'role_changed', userId: bob.id, role: 'admin' })
      const change = (by: User, role: 'owner' | 'admin' | 'member', of: User) =>
        happen(store, by, id, { event: 'role_changed', userId: of.id, role })
      await expectRefusal(change(bob, 'member', alice), 'OWNER_REQUIRED')
      await expectRefusal(
        happen(store, bob, id, { event: 'member_removed', userId: alice.id }),
        'ROLE_REQUIRED',
      )
      await change(alice, 'owner', bob)
      expect([await roleOf(id, alice), await roleOf(id, bob)]).toEqual(['admin', 'owner'])
      expect((await store.members.one(id, bob.id))?.joinedSeq).toBe(1)
    })

    test('[GRP-3] an owner who leaves hands over to the longest-standing admin, else member', async () => {
      const store = storeOf()
      const [alice, bob, carol, dave] = [
        await person(store),
        await person(store),
        await person(store),
        await person(store),
      ]
      const id = await group(store, alice, [bob])
      await happen(store, alice, id, { event: 'members_added', userIds: [carol.id] })
      await happen(store, alice, id, { event: 'members_added', userIds: [dave.id] })
      await happen(store, alice, id, { event: 'role_changed', userId: dave.id, role: 'admin' })
      const leave = (user: User) =>
        happen(store, user, id, { event: 'member_left', userId: user.id, heirId: null })
      expect((await leave(alice)).body).toMatchObject({ heirId: dave.id })
      expect(await roleOf(id, dave)).toBe('owner')
      expect((await leave(dave)).body).toMatchObject({ heirId: bob.id })
      expect((await leave(carol)).body).toMatchObject({ heirId: null })
      expect(await roleOf(id, bob)).toBe('owner')
      expect((await leave(bob)).body).toMatchObject({ heirId: null })
      expect((await store.members.view(id))?.members.size).toBe(0)
      await expectWhole(store, id)
    })

    test('[GRP-3] an owner who leaves hands over to whom they choose, if they are there', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob, carol])
      await happen(store, alice, id, { event: 'role_changed', userId: bob.id, role: 'admin' })
      const leave = (user: User, heir: User) =>
        happen(store, user, id, { event: 'member_left', userId: user.id, heirId: heir.id })
      await expectRefusal(leave(alice, await person(store)), 'MEMBER_NOT_FOUND')
      await expectRefusal(leave(alice, alice), 'MEMBER_NOT_FOUND')
      // Whoever owns nothing names nobody.
      expect((await leave(bob, carol)).body).toMatchObject({ heirId: null })
      expect((await leave(alice, carol)).body).toMatchObject({ heirId: carol.id })
      expect(await roleOf(id, carol)).toBe('owner')
      await expectWhole(store, id)
    })

    test('[GRP-4] two who race for the last place: one comes in, one is refused', async () => {
      const store = storeOf()
      const [owner, first, second, ...others] = await persons(store, limits.groupMembers + 1)
      if (!owner || !first || !second) throw new Error('nobody')
      const id = await group(store, owner, others)
      const add = (user: User) =>
        store.log.append(systemBy(owner, id, { event: 'members_added', userIds: [user.id] }))
      const results = await Promise.allSettled([add(first), add(second)])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const refused = results.find((result) => result.status === 'rejected')
      expect(refused?.reason).toMatchObject({ code: 'GROUP_FULL' })
      expect((await store.members.view(id))?.members.size).toBe(limits.groupMembers)
      await expectRefusal(group(store, owner, [first, second, ...others]), 'GROUP_FULL')
      const leaver = others[0] ?? second
      await happen(store, leaver, id, { event: 'member_left', userId: leaver.id, heirId: null })
      expect((await add(results[0]?.status === 'fulfilled' ? second : first)).outcome).toBe('stored')
    })

    test('[GRP-1] the right that an append takes is looked at by the commit', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await group(store, alice, [bob])
      const closing = happen(store, alice, id, { event: 'right_changed', right: 'send', allowed: 'admins' })
      const late = expectRefusal(store.log.append(textBy(bob, id, 'too late')), 'SENDING_RESTRICTED')
      await Promise.all([closing, late])
      const rename = systemBy(bob, id, { event: 'title_changed', title: 'Mine' })
      await expectRefusal(store.log.append(rename), 'ROLE_REQUIRED')
      await happen(store, alice, id, { event: 'right_changed', right: 'edit', allowed: 'everyone' })
      expect((await store.log.append(rename)).outcome).toBe('stored')
      expect((await store.conversations.byId(id))?.header.settings.rights).toEqual({
        send: 'admins',
        edit: 'everyone',
      })
      await expectWhole(store, id)
    })

    test('a direct conversation has neither title nor changing members', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const refused = (where: ConversationId, body: SystemBody, code: ErrorCode) =>
        expectRefusal(store.log.append(systemBy(alice, where, body)), code)
      await refused(id, { event: 'members_added', userIds: [carol.id] }, 'GROUP_REQUIRED')
      await refused(id, { event: 'member_left', userId: alice.id, heirId: null }, 'GROUP_REQUIRED')
      await refused(id, { event: 'title_changed', title: 'x' }, 'GROUP_REQUIRED')
      const grouped = await group(store, alice, [bob])
      await refused(grouped, { event: 'member_removed', userId: carol.id }, 'MEMBER_NOT_FOUND')
      await refused(grouped, { event: 'role_changed', userId: carol.id, role: 'admin' }, 'MEMBER_NOT_FOUND')
    })

    test('[LOG-6] the header is what folding the log gives', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const id = await group(store, alice, [bob], 'First')
      await happen(store, alice, id, { event: 'members_added', userIds: [carol.id] })
      await happen(store, alice, id, { event: 'title_changed', title: 'Second' })
      await happen(store, alice, id, { event: 'role_changed', userId: carol.id, role: 'owner' })
      await happen(store, carol, id, { event: 'member_removed', userId: bob.id })
      await happen(store, carol, id, { event: 'member_left', userId: carol.id, heirId: null })
      const folded = await foldedOf(store, id)
      const row = await store.conversations.byId(id)
      const view = await store.members.view(id)
      expect({ title: row?.header.title, description: row?.header.description }).toEqual({
        title: folded.title,
        description: folded.description,
      })
      expect(view?.members).toEqual(folded.members)
    })

    test('pages have owner, admins, then the others by name', async () => {
      const store = storeOf()
      const names = ['Zoé', 'émile', 'Anna', 'Bruno', 'eve']
      const [owner, ...others] = await Promise.all(names.map((name) => person(store, name)))
      if (owner === undefined) throw new Error('nobody')
      const id = await group(store, owner, others)
      const bruno = others[2]
      if (bruno === undefined) throw new Error('nobody')
      await happen(store, owner, id, { event: 'role_changed', userId: bruno.id, role: 'admin' })
      const page = await store.members.page(id, 50, 0)
      expect(page.map(({ user, role }) => `${role} ${user.displayName}`)).toEqual([
        'owner Zoé',
        'admin Bruno',
        'member Anna',
        'member émile',
        'member eve',
      ])
      expect(await store.members.page(id, 2, 1)).toEqual(page.slice(1, 3))
    })

    test('people who share a conversation are co-members', async () => {
      const store = storeOf()
      const [alice, bob, carol, dave] = [
        await person(store),
        await person(store),
        await person(store),
        await person(store),
      ]
      await direct(store, alice, bob)
      await group(store, alice, [carol])
      expect(await store.members.areCoMembers(alice.id, bob.id)).toBe(true)
      expect(await store.members.areCoMembers(bob.id, carol.id)).toBe(false)
      const among = await store.members.coMembersAmong(alice.id, [dave.id, carol.id, bob.id, newUserId()])
      expect(among.sort()).toEqual([bob.id, carol.id].sort())
      expect(await store.members.coMembersAmong(alice.id, [])).toEqual([])
    })

    test('of a conversation that is not there, there is no view', async () => {
      const { members } = storeOf()
      const none = newConversationId()
      expect(await members.view(none)).toBeNull()
      expect(await members.one(none, newUserId())).toBeNull()
      expect(await members.page(none, 10, 0)).toEqual([])
    })
  })
}

async function foldedOf(store: Store, id: ConversationId): Promise<Foldable> {
  const members = new Map<UserId, MemberRow>()
  const state = { kind: 'group' as const, title: null as string | null, description: '', members }
  for (const message of await allOf(store, id)) {
    if (message.kind !== 'system') continue
    if (message.body.event === 'conversation_created') state.title = message.body.title
    const effect = effectOf(state, message.body, message)
    for (const userId of effect.removed) members.delete(userId)
    for (const row of effect.put) members.set(row.userId, row)
    state.title = effect.title ?? state.title
    state.description = effect.description ?? state.description
  }
  return state
}
