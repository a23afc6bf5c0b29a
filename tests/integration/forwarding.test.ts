// Forwarding: sent again elsewhere, marked, counted, once.
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { directOf, newMessageId, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', {}, (store) => {
  const world = useWorld(store)

  test('[FWD-1] several messages go to several conversations, in their order, marked and counted', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const first = await bob.says('one', alice)
    const second = await bob.says('two', alice)
    await alice.sees(first.conversationId, second.id)
    const { client } = alice.device
    const own = await client.conversations.openDirect(carol.id)
    const to = [own, first.conversationId]
    const ids = await client.messages.forward(first.conversationId, [second.id, first.id], to)
    expect(ids).toHaveLength(4)

    const [one, two] = [await carol.device.reads(own, 'one'), await carol.device.reads(own, 'two')]
    expect([one.id, two.id]).toEqual(ids.slice(0, 2))
    expect([one.forwarded, one.hops, two.seq - one.seq]).toEqual([true, undefined, 1])
    expect([one.senderId, one.mentions, one.replyTo]).toEqual([alice.id, [], null])

    // On and on: the count stops where it stops to matter.
    let message = one
    for (let hops = 2; hops <= limits.forwardHops + 1; hops += 1) {
      const [next] = await carol.device.client.messages.forward(own, [message.id], [own])
      if (next === undefined) throw new Error('nothing was sent on')
      message = await carol.device.sees(own, next)
      expect(message.hops).toBe(Math.min(hops, limits.forwardHops))
    }
  })

  test('[FWD-1] a repeat is stored once, another count is another message, and a made up one is refused', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const input = { ...textTo(conversationId, 'psst', newMessageId()), hops: 2 }
    const { message } = await alice.does('sendMessage', input)
    expect(await alice.does('sendMessage', input)).toEqual({ message, duplicate: true })
    expect((await bob.does('getMessage', { conversationId, id: input.id })).message).toMatchObject({
      forwarded: true,
      hops: 2,
    })
    expect(await alice.refusal('sendMessage', { ...input, hops: 3 })).toBe('MESSAGE_ID_CONFLICT')
    for (const hops of [0, -1, 1.5, limits.forwardHops + 1]) {
      expect(await alice.refusal('sendMessage', { ...input, id: newMessageId(), hops })).toBe('INVALID')
    }
  })

  test('[FWD-1] what is gone is not sent on, and nothing goes to more than may hear it at once', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const said = await alice.says('soon gone', bob)
    const { messages } = alice.device.client
    const here = said.conversationId
    const many = Array.from({ length: limits.forwardTargets + 1 }, () => here)
    await expect(messages.forward(here, [said.id], many)).rejects.toMatchObject({ code: 'INVALID' })
    await messages.delete(here, said.id)
    await alice.device.sees(here, said.id, (shown) => shown.message.deletedAt !== null && !shown.isChanging)
    await expect(messages.forward(here, [said.id], [here])).rejects.toMatchObject({
      code: 'MESSAGE_NOT_FOUND',
    })
  })
})
