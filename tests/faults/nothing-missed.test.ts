// P4: nothing is missed. Cuts, gaps, edits while away, being far behind: in the end a device holds what a new one gets.
// That last part is checked after every test by the kit ("stale state + events = fresh state").
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import { directOf, groupOf, range, send, seqsOf, textsOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { createRandom, givenSeed } from '../kit/random.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const seed = givenSeed()

onEachStore(`on %s, SEED=${seed}`, { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[P4] [SYNC-1] what was said, edited, deleted and renamed while away is there on return', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const sent = []
    for (const n of range(1, 4)) sent.push(await send(alice, conversationId, `message ${n}`))
    await bob.sees(conversationId, sent[3]!.id)
    await bob.device.stop()
    const [first, second, third] = sent
    const { bodyRev } = first!
    await alice.does('editMessage', { conversationId, id: first!.id, bodyRev, body: { text: 'edited' } })
    await alice.does('deleteMessage', { conversationId, id: second!.id })
    await alice.does('react', { conversationId, id: third!.id, emoji: '👍' })
    await alice.does('updateConversation', { conversationId, title: 'While you were away' })
    const last = await send(alice, conversationId, 'welcome back')
    await bob.device.start()
    await bob.sees(conversationId, last.id)
    expect(textsOf(await bob.device.history(conversationId))).toEqual([
      'edited',
      '',
      'message 3',
      'message 4',
      'welcome back',
    ])
    expect(bob.device.client.conversations.one(conversationId).get()?.title).toBe('While you were away')
  })

  test('[P4] [SYNC-5] more than 200 messages behind: a new window, with everything before it still to be had', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const first = await send(alice, conversationId, 'message 0')
    await bob.sees(conversationId, first.id)
    await bob.device.stop()
    const count = limits.syncBehind + 5
    await bob.device.cache.putDraft(conversationId, 'a draft')
    for (const n of range(1, count)) await send(alice, conversationId, `message ${n}`)
    await bob.device.start()
    await bob.device.reads(conversationId, `message ${count}`)
    const window = bob.device.client.messages.timeline(conversationId).get()
    expect(window.hasBefore).toBe(true)
    expect(bob.device.client.conversations.one(conversationId).get()?.draft).toBe('a draft')
    expect(textsOf(await bob.device.history(conversationId))).toEqual(
      range(0, count).map((n) => `message ${n}`),
    )
  })

  test('[P4] [SYNC-3] [SYNC-4] a device whose connection keeps breaking misses nothing of a busy group', async () => {
    const random = createRandom(seed)
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const network = await world.network()
    const phone = await bob.opens({ network })
    await phone.joins(conversationId)
    const sent = []
    for (const n of range(1, 60)) {
      const message = await send(random.pick([alice, bob]), conversationId, `message ${n}`)
      sent.push(message)
      const target = { conversationId, id: random.pick(sent).id }
      if (random.chance(0.3)) await alice.does('react', { ...target, emoji: random.pick(['👍', '🎉', '❤️']) })
      if (random.chance(0.1)) await bob.does('markRead', { conversationId, seq: message.seq })
      if (random.chance(0.1)) await alice.does('updateConversation', { conversationId, title: `Title ${n}` })
      if (random.chance(0.15)) network.drop()
      if (random.chance(0.1)) network.cut()
      if (random.chance(0.3)) network.heal()
      if (random.chance(0.1)) network.loseAnswers()
    }
    network.heal()
    phone.setOnline(false)
    phone.setOnline(true)
    await phone.sees(conversationId, sent.at(-1)!.id)
    const history = await phone.history(conversationId)
    expect(seqsOf(history)).toEqual(range(1, history.length))
    expect(textsOf(history)).toEqual(range(1, 60).map((n) => `message ${n}`))
  })

  test('[P4] a conversation that began while away, and one that ended, are known on return', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const ended = await groupOf(alice, bob)
    await bob.device.joins(ended)
    await bob.device.stop()
    await alice.does('removeMember', { conversationId: ended, userId: bob.id })
    const begun = await groupOf(alice, bob)
    const message = await send(alice, begun, 'a new place')
    await bob.device.start()
    await bob.sees(begun, message.id)
    await observed(bob.device.client.conversations.one(ended), (view) => view === null, 'the old one is gone')
    expect((await bob.device.cache.read()).conversations.map(({ id }) => id)).toEqual([begun])
  })

  test('[P4] a stalled connection is given up, and what was said meanwhile arrives', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await bob.opens({ network })
    const { conversationId } = await alice.says('first', bob)
    await phone.reads(conversationId, 'first')
    network.stall()
    const message = await alice.says('through the wall', bob)
    network.drop()
    await phone.sees(conversationId, message.id)
  })
})
