// P2: an acknowledgement that is lost on the way, a retry, a second device: a message is there once.
import { expect, test } from 'vitest'
import { directOf, groupOf, range, textsOf, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { createRandom, givenSeed } from '../kit/random.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

const seed = givenSeed()

onEachStore(`on %s, SEED=${seed}`, (store) => {
  const world = useWorld(store)

  test('[P2] [OUT-1] an acknowledgement lost on the way does not send twice', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await alice.opens({ network })
    const { conversationId } = await phone.says('first', bob)
    network.loseAnswers()
    const id = await phone.writes('acknowledged into the void', conversationId)
    await bob.sees(conversationId, id)
    network.heal()
    await phone.sees(conversationId, id)
    await observed(phone.client.waiting, (waiting) => waiting === 0, 'nothing waits')
    for (const device of [phone, bob.device]) {
      expect(textsOf(await device.history(conversationId))).toEqual(['first', 'acknowledged into the void'])
    }
  })

  test('[P2] the answer lost and the device restarted: it is sent again, and stored once', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await alice.opens({ network })
    const { conversationId } = await phone.says('first', bob)
    network.loseAnswers()
    const id = await phone.writes('twice?', conversationId)
    await bob.sees(conversationId, id)
    await phone.stop()
    network.heal()
    await phone.start()
    await observed(phone.client.waiting, (waiting) => waiting === 0, 'nothing waits')
    expect(textsOf(await bob.device.history(conversationId))).toEqual(['first', 'twice?'])
  })

  test('[P2] [LOG-2] one message from many sockets and over HTTP at once is stored once, with one answer', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await groupOf(alice, bob)
    const sockets = await Promise.all(range(1, 4).map(() => alice.socket()))
    for (const n of range(1, 20)) {
      const input = textTo(id, `message ${n}`)
      const answers = await Promise.all([
        ...sockets.map((socket) => socket.ask('sendMessage', input)),
        alice.ask('sendMessage', input),
      ])
      const stored = answers.map((answer) => (answer.ok ? answer.output.message : answer.error))
      for (const one of stored) expect(one).toEqual(stored[0])
      expect(answers.filter((answer) => answer.ok && answer.output.duplicate === undefined)).toHaveLength(1)
    }
    const { messages } = await bob.does('listMessages', { conversationId: id, limit: 100 })
    expect(messages.map(({ seq }) => seq)).toEqual(range(1, 21))
  })

  test('[P2] [OUT-2] over a connection that keeps breaking, all goes out once and in the order of writing', async () => {
    const random = createRandom(seed)
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await alice.opens({ network })
    const conversationId = await directOf(alice, bob)
    await phone.joins(conversationId)
    const texts = range(1, 40).map((n) => `message ${n}`)
    for (const text of texts) {
      await phone.writes(text, conversationId)
      if (random.chance(0.15)) network.drop()
      if (random.chance(0.1)) network.loseAnswers()
      if (random.chance(0.2)) network.heal()
    }
    network.heal()
    phone.setOnline(false)
    phone.setOnline(true)
    await observed(phone.client.waiting, (waiting) => waiting === 0, 'all sent')
    await bob.device.reads(conversationId, 'message 40')
    expect(textsOf(await bob.device.history(conversationId))).toEqual(texts)
  })
})
