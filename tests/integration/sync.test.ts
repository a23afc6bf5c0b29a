// Catching up, by hand: what `sync` answers for every way in which a device can be behind.
import { expect, test } from 'vitest'
import { limits, type Message } from '@palabre/protocol'
import { directOf, groupOf, range, send, seqsOf, someConversationId, textsOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { useWorld } from '../kit/world.ts'

const revsOf = (messages: readonly Message[]) => messages.map(({ rev }) => rev)

onEachStore('on %s', (store) => {
  const world = useWorld(store)

  /** The epoch that all revs belong to: without it none of them means anything. */
  const epochOf = async (person: Person) =>
    (await person.does('sync', { conversations: {}, account: 0 })).epoch

  test('[SYNC-6] a new device gets everything whole, with the epoch, marks and the people', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await groupOf(alice, bob)
    await send(alice, id, 'hello')
    const answer = await bob.does('sync', { conversations: {}, account: 0 })
    expect(answer.epoch).not.toBe('')
    expect(answer.more).toBe(false)
    const [delta] = answer.conversations
    expect(delta).toMatchObject({ rev: 2, reset: true, unread: 1 })
    expect(textsOf(delta!.messages)).toEqual(['hello'])
    expect(new Set(answer.profiles.users.map((user) => user.id))).toEqual(new Set([alice.id, bob.id]))
  })

  test('[SYNC-1] [LOG-5] what changed since a rev comes once, in rev order, as it is now', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const sent = []
    for (const n of range(1, 4)) sent.push(await send(alice, id, `message ${n}`))
    const cursor = sent[3]!.rev
    await bob.does('react', { conversationId: id, id: sent[0]!.id, emoji: '👍' })
    await alice.does('editMessage', {
      conversationId: id,
      id: sent[1]!.id,
      bodyRev: sent[1]!.bodyRev,
      body: { text: 'edited' },
    })
    await bob.does('react', { conversationId: id, id: sent[0]!.id, emoji: '🎉' })
    const epoch = await epochOf(bob)
    const { conversations, marks } = await bob.does('sync', {
      epoch,
      conversations: { [id]: cursor },
      account: 0,
    })
    expect(conversations[0]).toMatchObject({ rev: cursor + 3, reset: false })
    expect(revsOf(conversations[0]!.messages)).toEqual([cursor + 2, cursor + 3])
    expect(seqsOf(conversations[0]!.messages)).toEqual([sent[1]!.seq, sent[0]!.seq])
    expect(marks[id]).toBeDefined()
    const upToDate = await bob.does('sync', { epoch, conversations: { [id]: cursor + 3 }, account: 0 })
    expect(upToDate.conversations.flatMap(({ messages }) => messages)).toEqual([])
    expect(upToDate.marks[id]).toEqual(marks[id])
  })

  test('[SYNC-5] up to 200 changes behind one catches up; beyond that one starts over with the newest 50', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    let last = 0
    for (const n of range(1, limits.syncBehind + 1)) last = (await send(alice, id, `message ${n}`)).rev
    const epoch = await epochOf(bob)
    const behind = async (by: number) =>
      (await bob.does('sync', { epoch, conversations: { [id]: last - by }, account: 0 })).conversations[0]!
    const within = await behind(limits.syncBehind)
    expect(within.reset).toBe(false)
    expect(within.messages).toHaveLength(limits.syncBehind)
    const beyond = await behind(limits.syncBehind + 1)
    expect(beyond.reset).toBe(true)
    expect(seqsOf(beyond.messages)).toEqual(range(last - limits.syncWindow + 1, last))
  })

  test('[SYNC-5] a rev that never was, from before one joined or of another epoch is a reset', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await groupOf(alice)
    await send(alice, id, 'before bob')
    await alice.does('addMembers', { conversationId: id, userIds: [bob.id] })
    const hello = await send(alice, id, 'hello')
    const epoch = await epochOf(bob)
    const asked = async (rev: number, of = { epoch }) =>
      (await bob.does('sync', { conversations: { [id]: rev }, account: 0, ...of })).conversations[0]
    expect(await asked(hello.rev)).toBeUndefined()
    expect((await asked(hello.rev + 1))?.reset).toBe(true)
    const early = await asked(1)
    expect(early?.reset).toBe(true)
    expect(textsOf(early!.messages)).toEqual(['hello'])
    expect((await asked(hello.rev, { epoch: 'another-epoch' }))?.reset).toBe(true)
  })

  test('[SYNC-7] another epoch starts everything over, the account too', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    await directOf(alice, bob)
    await alice.does('addContact', { userId: bob.id })
    const first = await alice.does('sync', { conversations: {}, account: 0 })
    const again = await alice.does('sync', {
      epoch: 'another-epoch',
      conversations: {},
      account: first.account.rev,
      profiles: first.profiles.rev,
    })
    expect(again.epoch).toBe(first.epoch)
    expect(again.account).toMatchObject({ reset: true })
    expect(again.account.entries).toHaveLength(1)
    expect(again.profiles.users.length).toBeGreaterThan(0)
  })

  test('[SYNC-6] a named conversation that is not one’s own comes as removed, known or made up alike', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const theirs = await groupOf(alice, bob)
    const nobodys = someConversationId()
    const { removed, conversations, marks } = await carol.does('sync', {
      conversations: { [theirs]: 1, [nobodys]: 1 },
      account: 0,
    })
    expect(new Set(removed)).toEqual(new Set([theirs, nobodys]))
    expect(conversations).toEqual([])
    expect(marks).toEqual({})
  })

  test('[SYNC-6] asked for one conversation, the answer holds that one only', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const [one, two] = [await groupOf(alice, bob), await groupOf(alice, bob)]
    const { conversations } = await bob.does('sync', { conversations: {}, account: 0, only: [two] })
    expect(conversations.map(({ conversation }) => conversation.id)).toEqual([two])
    const both = await bob.does('sync', { conversations: {}, account: 0 })
    expect(new Set(both.conversations.map(({ conversation }) => conversation.id))).toEqual(
      new Set([one, two]),
    )
  })

  test('[SYNC-6] a big answer comes in parts, newest activity first, until there is no more', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids = []
    for (const n of range(1, 5)) {
      const id = await groupOf(alice, bob)
      ids.push(id)
      await Promise.all(range(1, 10).map(() => send(alice, id, String(n).repeat(60_000))))
    }
    const epoch = await epochOf(bob)
    const held: Record<string, number> = {}
    const order: string[] = []
    let parts = 0
    for (let more = true; more; parts++) {
      const answer = await bob.does('sync', { epoch, conversations: held, account: 0 })
      for (const { conversation, rev } of answer.conversations) {
        held[conversation.id] = rev
        order.push(conversation.id)
      }
      more = answer.more
    }
    expect(parts).toBeGreaterThan(1)
    expect(order).toEqual(ids.toReversed())
  })

  test('contacts that changed come with the account’s rev; profiles that changed with theirs', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const carol = (await world.accounts('carol')).carol
    await directOf(alice, bob)
    await alice.does('addContact', { userId: carol.id })
    const first = await alice.does('sync', { conversations: {}, account: 0 })
    await alice.does('addContact', { userId: bob.id })
    await bob.does('updateMe', { about: 'new' })
    const next = await alice.does('sync', {
      epoch: first.epoch,
      conversations: {},
      account: first.account.rev,
      profiles: first.profiles.rev,
    })
    expect(next.account).toMatchObject({ rev: first.account.rev + 1, reset: false })
    expect(next.account.entries.map(({ key }) => key)).toEqual([`contact:${bob.id}`])
    expect(next.profiles.users.map(({ id, about }) => [id, about])).toEqual([[bob.id, 'new']])
  })

  test('[CON-1] what is said while a device connects is in its answer, in its stream, or in both', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    for (let round = 0; round < 5; round++) {
      const sending = Promise.all(range(1, 30).map((n) => send(alice, id, `round ${round}, message ${n}`)))
      const socket = await bob.socket()
      const answer = await socket.ask('sync', { conversations: {}, account: 0 })
      if (!answer.ok) throw new Error('no sync')
      const revs = revsOf(await sending)
      const highest = Math.max(...revs)
      const cursor = answer.output.conversations[0]?.rev ?? 0
      const streamed = () =>
        new Set(
          socket.heard
            .filter(({ name }) => name === 'receive_message')
            .map(({ data }) => (data as { rev: number }).rev),
        )
      if (cursor < highest)
        await socket.hears('receive_message', ({ rev }: { rev: number }) => rev === highest)
      for (const rev of range(cursor + 1, highest)) expect([...streamed()]).toContain(rev)
    }
  })
})
