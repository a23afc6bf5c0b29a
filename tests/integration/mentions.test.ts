// Where one is mentioned: told with the number of unread, the same on every device, until it is read, deleted or cleared.
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { groupOf, range, send } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Device } from '../kit/device.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', {}, (store) => {
  const world = useWorld(store)

  test('[MEN-1] devices that follow, come back or start afresh show the same mentions until they are read', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    await bob.device.joins(conversationId)
    const shows = (device: Device, seqs: readonly number[]) =>
      observed(
        device.client.conversations.one(conversationId),
        (view) => String(view?.mentions) === String(seqs),
        `mentions at ${seqs.join(', ')}`,
      )
    const mention = (people = [bob.id]) => send(alice, conversationId, 'look', { mentions: people })
    const first = await mention()
    await mention([carol.id])
    await send(carol, conversationId, 'nobody')
    const second = await mention([carol.id, bob.id])
    await shows(bob.device, [first.seq, second.seq])
    // Behind far more than a reset carries: only the server knows of the first ones.
    for (const n of range(1, limits.syncWindow)) await send(carol, conversationId, `message ${n}`)
    const laptop = await bob.opens()
    await laptop.joins(conversationId)
    for (const device of [bob.device, laptop]) await shows(device, [first.seq, second.seq])
    const { conversation } = await bob.does('getConversation', { conversationId })
    expect(conversation.me.mentions).toEqual([first.seq, second.seq])

    // Deleted by who said it, below what the laptop holds; then a new one; then read on one device.
    await alice.does('deleteMessage', { conversationId, id: first.id })
    for (const device of [bob.device, laptop]) await shows(device, [second.seq])
    const third = await mention()
    for (const device of [bob.device, laptop]) await shows(device, [second.seq, third.seq])
    const { marks } = await bob.does('markRead', { conversationId, seq: second.seq })
    expect(marks.mentions).toEqual([third.seq])
    for (const device of [bob.device, laptop]) await shows(device, [third.seq])
    laptop.client.receipts.markRead(conversationId, third.seq)
    for (const device of [bob.device, laptop]) await shows(device, [])
  })
})
