// A device that starts from its cache: it reads the newest message of each conversation and no more until someone
// looks, and nobody can tell (counts, ticks and history are those of a device that holds everything).
import { expect, test, vi } from 'vitest'
import { limits } from '@palabre/protocol'
import { directOf, groupOf, range, send, seqsOf, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[TL-1] only what is looked at is read from the cache, page by page, and the whole history is there', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const ids = await Promise.all(range(1, 20).map(() => groupOf(bob, alice)))
    const phone = await alice.opens()
    const long = ids[0]!
    const length = 2 * limits.page + 20
    const socket = await bob.socket()
    for (const n of range(1, length - 1)) await socket.ask('sendMessage', textTo(long, `message ${n}`))
    for (const id of ids.slice(1)) await send(bob, id, 'hello')
    await phone.reads(long, `message ${length - 1}`)
    for (const id of ids.slice(1)) await phone.reads(id, 'hello')
    await phone.stop()

    const reading = vi.spyOn(phone.cache, 'messages')
    const { client } = await phone.start().then(() => phone)
    await phone.online()
    const { conversations } = client.conversations.list.get()
    expect(conversations.map(({ last }) => last?.message.seq).sort()).toEqual(
      [length, ...ids.slice(1).map(() => 2)].sort(),
    )
    expect(conversations.find(({ conversation }) => conversation.id === long)?.unread).toBe(length - 1)
    expect(reading).not.toHaveBeenCalled()

    const timeline = client.messages.timeline(long)
    expect(timeline.get().isLoaded).toBe(false)
    const shown = await observed(timeline, ({ isLoaded }) => isLoaded, 'the page before the newest')
    expect(shown.messages).toHaveLength(1 + limits.page)
    expect(reading).toHaveBeenCalledTimes(1)
    const asking = vi.spyOn(globalThis, 'fetch')
    expect(seqsOf(await phone.history(long))).toEqual(range(1, length))
    expect(asking).not.toHaveBeenCalled()
    asking.mockRestore()
  })

  test('[REC-3] what was deleted below the window counts no more, what is edited counts once', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const phone = await alice.opens()
    const sent = []
    for (const n of range(1, 5)) sent.push(await send(bob, id, `message ${n}`))
    await phone.reads(id, 'message 5')
    await phone.stop()
    await phone.start()
    await phone.online()
    const unread = () => phone.client.conversations.one(id).get()?.unread
    expect(unread()).toBe(5)
    const [one, two, three] = sent
    await bob.does('deleteMessage', { conversationId: id, id: two!.id })
    await bob.does('editMessage', {
      conversationId: id,
      id: three!.id,
      bodyRev: three!.bodyRev,
      body: { text: 'new' },
    })
    await alice.does('react', { conversationId: id, id: one!.id, emoji: '👍' })
    const head = (await alice.does('getConversation', { conversationId: id })).conversation.rev
    await observed(
      phone.client.conversations.one(id),
      (view) => view?.conversation.rev === head,
      'the device is level',
    )
    expect(unread()).toBe(4)
    phone.client.receipts.markRead(id, three!.seq)
    await eventually(() => (unread() === 2 ? true : undefined), 'two are unread')
  })

  test('[REC-1] what arrived before one’s own last message is told to be delivered after a restart too', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const phone = await alice.opens()
    const { seq } = await send(bob, id, 'hello')
    await phone.reads(id, 'hello')
    await phone.says('hello yourself', id)
    // Before it has said that it got it; should it have said so already, there is nothing to see here.
    await phone.stop()
    await phone.start()
    await eventually(async () => {
      const { delivered } = await bob.does('listReceipts', { conversationId: id, seq })
      return delivered.includes(alice.id) ? true : undefined
    }, 'it is told to be delivered')
  })
})
