// Receipts and unread: two cumulative marks a member, told to the senders, the same on all devices.
import { expect, test } from 'vitest'
import { directOf, groupOf, range, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', (store) => {
  const world = useWorld(store)

  test('[REC-1] marks only grow and stay within what exists; read is also delivered', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const last = (
      await Promise.all(range(1, 5).map((n) => send(alice, conversationId, `message ${n}`)))
    ).reduce((highest, { seq }) => Math.max(highest, seq), 0)
    const marks = async (name: 'markRead' | 'markDelivered', seq: number) =>
      (await bob.does(name, { conversationId, seq })).marks
    expect(await marks('markDelivered', 3)).toMatchObject({ deliveredSeq: 3 })
    expect(await marks('markRead', 2)).toMatchObject({ deliveredSeq: 3, readSeq: 2 })
    expect(await marks('markRead', 1)).toMatchObject({ deliveredSeq: 3, readSeq: 2 })
    expect(await marks('markRead', Number.MAX_SAFE_INTEGER)).toMatchObject({
      deliveredSeq: last,
      readSeq: last,
      unread: 0,
    })
    expect(await bob.refusal('markRead', { conversationId, seq: -1 })).toBe('INVALID')
  })

  test('[REC-1] who is added cannot mark what was before, and is not behind by it', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice)
    for (const n of range(1, 3)) await send(alice, conversationId, `message ${n}`)
    await alice.does('addMembers', { conversationId, userIds: [bob.id] })
    const { conversation } = await bob.does('getConversation', { conversationId })
    expect(conversation.me.joinedSeq).toBe(5)
    expect(conversation.me.unread).toBe(0)
  })

  test('[REC-2] ticks follow the slowest of the others; who exactly is asked for', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    for (const person of [alice, bob, carol]) await person.device.joins(conversationId)
    const { id, seq } = await alice.says('everyone?', conversationId)
    const ear = await alice.socket()
    const state = (wanted: string) => alice.device.sees(conversationId, id, (shown) => shown.state === wanted)
    await state('delivered')
    await bob.does('markRead', { conversationId, seq })
    const receipts = await alice.does('listReceipts', { conversationId, seq })
    expect(receipts.read).toEqual([bob.id])
    expect(new Set([...receipts.delivered, ...receipts.waiting])).toContain(carol.id)
    expect(alice.device.client.messages.timeline(conversationId).get().messages.at(-1)?.state).toBe(
      'delivered',
    )
    await carol.does('markRead', { conversationId, seq })
    await state('read')
    await ear.hears('notifications_batch', (notices: { event: string; others?: { readSeq: number } }[]) =>
      notices.some((notice) => notice.event === 'receipts' && notice.others?.readSeq === seq),
    )
  })

  test('[REC-2] receipts missed while away arrive with the next sync', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId, id, seq } = await alice.says('seen?', bob)
    await bob.sees(conversationId, id)
    await alice.device.stop()
    await bob.does('markRead', { conversationId, seq })
    await alice.device.start()
    await alice.device.sees(conversationId, id, ({ state }) => state === 'read')
  })

  test('[REC-3] unread counts what others said, not system messages, one’s own or deleted ones; on all devices alike', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const laptop = await bob.opens()
    const conversationId = await groupOf(alice, bob)
    await bob.device.joins(conversationId)
    const unread = (device = bob.device, wanted: number) =>
      observed(
        device.client.conversations.one(conversationId),
        (view) => view?.unread === wanted,
        `unread ${wanted}`,
      )
    for (const n of range(1, 3)) await send(alice, conversationId, `message ${n}`)
    const deleted = await send(alice, conversationId, 'oops')
    await send(bob, conversationId, 'mine')
    await alice.does('updateConversation', { conversationId, title: 'Not a message' })
    await unread(bob.device, 4)
    await alice.does('deleteMessage', { conversationId, id: deleted.id })
    await unread(bob.device, 3)
    await unread(laptop, 3)
    const { conversation } = await bob.does('getConversation', { conversationId })
    expect(conversation.me.unread).toBe(3)
    bob.device.client.receipts.markRead(conversationId, 3)
    await unread(bob.device, 1)
    await unread(laptop, 1)
    expect((await bob.does('getConversation', { conversationId })).conversation.me.unread).toBe(1)
  })

  test('a mark made offline is kept and told later', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await bob.opens({ network })
    const { conversationId, seq, id } = await alice.says('read on the train', bob)
    await phone.sees(conversationId, id)
    network.cut()
    phone.client.receipts.markRead(conversationId, seq)
    await observed(
      phone.client.conversations.one(conversationId),
      (view) => view?.unread === 0,
      'read at once',
    )
    await phone.stop()
    network.heal()
    await phone.start()
    await alice.device.sees(conversationId, id, ({ state }) => state === 'read')
  })

  test('[SEC-14] nobody marks or asks about a conversation that is not theirs', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const conversationId = await directOf(alice, bob)
    const { seq } = await send(alice, conversationId, 'between us')
    expect(await carol.refusal('markRead', { conversationId, seq })).toBe('MEMBER_REQUIRED')
    expect(await carol.refusal('listReceipts', { conversationId, seq })).toBe('MEMBER_REQUIRED')
    expect((await bob.does('listReceipts', { conversationId, seq })).waiting).toEqual([bob.id])
  })
})
