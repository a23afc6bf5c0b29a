// P1: what was acknowledged is there after `kill -9` of the whole process group, once, in one order for all.
import { expect, test } from 'vitest'
import type { ConversationId, Message } from '@palabre/protocol'
import { groupOf, range, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { createRandom, givenSeed } from '../kit/random.ts'
import type { WireSocket } from '../kit/wire.ts'
import { eventually } from '../kit/wait.ts'
import { useProcessWorld } from '../kit/world.ts'

const seed = givenSeed()
/** Messages a person; each goes out twice. */
const each = 80

onEachStore(`on %s, SEED=${seed}`, { isLong: true }, (store) => {
  const world = useProcessWorld(store)

  test('[P1] [P2] [P3] three people, every message twice, the server killed in the middle: all acknowledged is there once', async () => {
    const random = createRandom(seed)
    const people = Object.values(await world.accounts('alice', 'bob', 'carol'))
    const [alice, ...others] = people
    const id = await groupOf(alice!, ...others)
    const acknowledged = new Map<string, number>()
    const inputs = people.flatMap((person) =>
      range(1, each).map((n) => ({ person, input: textTo(id, `${person.name} ${n}`) })),
    )
    const killAfter = Math.floor(inputs.length * (0.3 + 0.4 * random.next()))

    const lines = await Promise.all(
      people.map(async (person) => ({ person, sockets: [await person.socket(), await person.socket()] })),
    )
    const sending = lines.flatMap(({ person, sockets }) =>
      sockets.map((socket) =>
        sendAll(socket, random.shuffled(inputs.filter((one) => one.person === person))),
      ),
    )

    async function sendAll(socket: WireSocket, all: typeof inputs) {
      await Promise.allSettled(
        all.map(async ({ input }) => {
          const answer = await socket.ask('sendMessage', input)
          if (!answer.ok || answer.output.message === undefined) return
          const { seq } = answer.output.message
          // The two answers for one message name the same place.
          expect(acknowledged.get(input.id) ?? seq).toBe(seq)
          acknowledged.set(input.id, seq)
        }),
      )
    }

    await eventually(
      () => (acknowledged.size >= killAfter ? true : undefined),
      `${killAfter} acknowledgements`,
    )
    await world.server.kill()
    for (const { sockets } of lines) for (const socket of sockets) socket.close()
    const kept = new Map(acknowledged)
    await world.server.restart()

    const logs = await Promise.all(people.map((person) => wholeLog(person, id)))
    const [log = []] = logs
    for (const other of logs) expect(other).toEqual(log)
    expect(log.map(({ seq }) => seq)).toEqual(range(1, log.length))
    expect(new Set(log.map((message) => message.id)).size).toBe(log.length)
    const places = new Map<string, number>(log.map((message) => [message.id, message.seq]))
    for (const [messageId, seq] of kept) expect(places.get(messageId)).toBe(seq)
    expect(kept.size).toBeGreaterThanOrEqual(killAfter)

    // The senders do not know what became of the rest: they send everything again.
    for (const { person, input } of inputs) await person.does('sendMessage', input)
    const whole = await wholeLog(people[0]!, id)
    expect(whole.slice(0, log.length)).toEqual(log)
    expect(whole).toHaveLength(inputs.length + 1)
    expect(new Set(whole.map((message) => message.id)).size).toBe(whole.length)
    // The senders' promises end with their sockets; none is left behind.
    await Promise.race([Promise.allSettled(sending), Promise.resolve()])
  })

  test('[P1] edits, reactions, members and marks that were answered survive too', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const id = await groupOf(alice, bob)
    const { message } = await alice.does('sendMessage', textTo(id, 'first'))
    const target = { conversationId: id, id: message!.id }
    await alice.does('editMessage', { ...target, bodyRev: message!.bodyRev, body: { text: 'edited' } })
    await bob.does('react', { ...target, emoji: '👍' })
    await bob.does('markRead', { conversationId: id, seq: message!.seq })
    await alice.does('addMembers', { conversationId: id, userIds: [carol.id] })
    await alice.does('updateConversation', { conversationId: id, title: 'Survivors' })
    await alice.does('addContact', { userId: carol.id })
    const before = await stateOf(bob, id)
    await world.server.kill()
    await world.server.restart()
    expect(await stateOf(bob, id)).toEqual(before)
    expect((await alice.does('listContacts', {})).contacts.map((user) => user.id)).toEqual([carol.id])
    expect((await alice.does('listReceipts', { conversationId: id, seq: message!.seq })).read).toEqual([
      bob.id,
    ])
  })

  test('[P1] devices find each other again after the server was killed, and nothing is missing', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const { conversationId } = await alice.says('before', bob)
    await world.server.kill()
    const id = await alice.device.writes('written while it was down', conversationId)
    await world.server.restart()
    await bob.sees(conversationId, id)
    const texts = (await bob.device.history(conversationId)).map((one) =>
      one.kind === 'text' ? one.body.text : '',
    )
    expect(texts.filter((text) => text !== '')).toEqual(['before', 'written while it was down'])
  })
})

async function wholeLog(person: Person, conversationId: ConversationId): Promise<Message[]> {
  const log: Message[] = []
  for (let hasAfter = true; hasAfter;) {
    const page = await person.does('listMessages', {
      conversationId,
      after: log.at(-1)?.seq ?? 0,
      limit: 100,
    })
    log.push(...page.messages)
    hasAfter = page.hasAfter
  }
  return log
}

async function stateOf(person: Person, conversationId: ConversationId) {
  const { conversation } = await person.does('getConversation', { conversationId })
  return { conversation, log: await wholeLog(person, conversationId) }
}
