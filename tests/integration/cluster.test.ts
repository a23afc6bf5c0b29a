// Two nodes behave as one: what is done through one is seen through the other, at once while they hear each other and
// within moments while they do not (P5). Each person is on a node of their own.
import type { ConversationId, EventData, Message, SessionId } from '@palabre/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDevice, type Device } from '../kit/device.ts'
import { directOf, groupOf, newMessageId, newOpId, send, textTo } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { startPair, type Pair } from '../kit/pair.ts'
import { register, type Person } from '../kit/people.ts'
import { eventually, observed } from '../kit/wait.ts'
import { askHttp, openSocket, type HeardEvent, type WireSocket } from '../kit/wire.ts'

interface Notices {
  event: string
  conversationId?: ConversationId
  userId?: string
  status?: string
  unread?: number
  others?: { readSeq: number }
}

onEachStore('on %s', { isLong: true }, (store) => {
  let pair: Pair
  let everyone: Person[] = []
  const sockets: WireSocket[] = []
  const devices: Device[] = []
  let blind: Pair
  let seeing: Pair
  beforeAll(async () => {
    seeing = await startPair(store)
    blind = await startPair(store, {}, false)
    pair = seeing
  })
  afterAll(() => Promise.all([seeing.stop(), blind.stop()]))
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close()
    await Promise.all(devices.splice(0).map((device) => device.stop()))
    await Promise.all(everyone.map((person) => person.leaves()))
    everyone = []
  })

  /** New people, registered through the first node. */
  async function people<N extends string>(...names: N[]): Promise<Record<N, Person>> {
    const found = await Promise.all(names.map((name) => register(pair.urls[0], name)))
    everyone.push(...found)
    return Object.fromEntries(found.map((person) => [person.name, person])) as Record<N, Person>
  }
  async function socketOf(person: Person, node: 0 | 1, token = person.token): Promise<WireSocket> {
    const socket = await openSocket(pair.urls[node], token)
    sockets.push(socket)
    // In its rooms from the first answer on.
    await socket.ask('getMe', {})
    return socket
  }
  async function deviceOf(person: Person, node: 0 | 1): Promise<Device> {
    const device = await openDevice(pair.urls[node], person, {})
    devices.push(device)
    return device
  }
  const through = (node: 0 | 1, person: Person) => ({
    does: async <N extends Parameters<Person['does']>[0]>(
      name: N,
      input: Parameters<typeof person.does<N>>[1],
    ) => {
      const answer = await askHttp(pair.urls[node], name, input, person.token)
      if (!answer.ok) throw new Error(`${name} is refused: ${JSON.stringify(answer.error)}`)
      return answer.output
    },
  })
  const noticesOf = ({ heard }: WireSocket): Notices[] =>
    heard.flatMap(({ name, data }) =>
      name === 'notifications_batch'
        ? (data as Notices[])
        : name === 'contact_status_changed'
          ? [{ event: name, ...(data as object) }]
          : [],
    )
  const hearsNotice = (socket: WireSocket, fits: (notice: Notices) => boolean, what: string) =>
    eventually(
      () => noticesOf(socket).find(fits),
      () => `${what}; heard: ${JSON.stringify(socket.heard)}`,
    )
  const namesHeard = (socket: WireSocket) => socket.heard.map(({ name }) => name)

  async function without(then: () => Promise<void>): Promise<void> {
    await pair.redis.kill()
    await pair.hears(false)
    try {
      await then()
    } finally {
      await pair.redis.start()
      await pair.hears(true)
    }
  }

  describe('while they hear each other', () => {
    test('[LOG-1] what is committed through one node is told on the other', async () => {
      const { alice, bob } = await people('alice', 'bob')
      const conversationId = await groupOf(alice, bob)
      const onOther = await socketOf(bob, 1)
      const message = await send(alice, conversationId, 'hello')
      await onOther.hears('receive_message', ({ message: { id } }) => id === message.id)
      await alice.does('react', { conversationId, id: message.id, emoji: '👍', opId: newOpId() })
      await onOther.hears('message_updated', ({ rev }) => rev === message.rev + 1)
      await alice.does('updateConversation', { conversationId, title: 'Hikers' })
      await onOther.hears('conversation_updated', ({ conversation }) => conversation['title'] === 'Hikers')
      await alice.does('updateMe', { displayName: 'Alix' })
      await onOther.hears('profile_updated', ({ user }) => user['displayName'] === 'Alix')
    })

    test('[SYNC-3] everybody writes through both nodes, and all devices hold the same', async () => {
      const { alice, bob } = await people('alice', 'bob')
      const conversationId = await directOf(alice, bob)
      const [one, other] = [await deviceOf(alice, 0), await deviceOf(bob, 1)]
      await Promise.all([one, other].map((device) => device.joins(conversationId)))
      const said = await Promise.all(
        Array.from({ length: 10 }, (_, n) => [
          one.says(`from one ${n}`, conversationId),
          other.says(`from the other ${n}`, conversationId),
        ]).flat(),
      )
      for (const device of [one, other])
        for (const message of said) await device.sees(conversationId, message.id)
      const [a, b] = await Promise.all([one, other].map((device) => device.history(conversationId)))
      expect(a).toEqual(b)
      expect(a).toHaveLength(said.length + 1)
    })

    test('[PRES-1] typing and presence reach the other node', async () => {
      const { alice, bob } = await people('alice', 'bob')
      const conversationId = await directOf(alice, bob)
      const watcher = await socketOf(alice, 0)
      await watcher.ask('watchPresence', { userIds: [bob.id] })
      const writer = await socketOf(bob, 1)
      await hearsNotice(watcher, ({ userId, status }) => userId === bob.id && status === 'online', 'online')
      await writer.ask('setTyping', { conversationId, state: 'typing' })
      await watcher.hears('typing', ({ userId }) => userId === bob.id)
      await through(0, bob).does('setStatus', { status: 'away' })
      await hearsNotice(watcher, ({ userId, status }) => userId === bob.id && status === 'away', 'away')
      const onOther = await through(1, alice).does('watchPresence', { userIds: [bob.id] })
      expect(onOther.presences).toMatchObject([{ userId: bob.id, status: 'away' }])
      writer.close()
      await hearsNotice(watcher, ({ userId, status }) => userId === bob.id && status === 'offline', 'offline')
    })

    test('[REC-2] what is read through one node ticks on the other, and one’s own devices count it', async () => {
      const { alice, bob, carol } = await people('alice', 'bob', 'carol')
      const conversationId = await groupOf(alice, bob, carol)
      const { seq } = await send(alice, conversationId, 'hello')
      const [sender, phone] = [await socketOf(alice, 0), await socketOf(bob, 0)]
      for (const reader of [bob, carol]) await through(1, reader).does('markRead', { conversationId, seq })
      await hearsNotice(
        sender,
        ({ event, others }) => event === 'receipts' && others?.readSeq === seq,
        'all have read it',
      )
      await hearsNotice(
        phone,
        ({ event, unread }) => event === 'marks' && unread === 0,
        'read on another device',
      )
      const receipts = await alice.does('listReceipts', { conversationId, seq })
      expect(new Set(receipts.read)).toEqual(new Set([bob.id, carol.id]))
      const { conversation } = await alice.does('getConversation', { conversationId })
      expect(conversation.others.readSeq).toBe(seq)
    })

    test('[MEM-2] [MEM-3] who is added through one node hears it on the other, and nothing once removed', async () => {
      const { alice, bob, carol } = await people('alice', 'bob', 'carol')
      const conversationId = await groupOf(alice, carol)
      const onOther = await socketOf(bob, 1)
      await alice.does('addMembers', { conversationId, userIds: [bob.id] })
      await onOther.hears('conversation_added', ({ conversation }) => conversation['id'] === conversationId)
      const first = await send(alice, conversationId, 'welcome')
      await learns(onOther, first)
      await alice.does('removeMember', { conversationId, userId: bob.id })
      await onOther.hears('conversation_removed', (data) => data['conversationId'] === conversationId)
      const until = onOther.frames.length
      const witness = await socketOf(carol, 1)
      for (const node of [0, 1] as const) {
        const message = textTo(conversationId, 'among ourselves')
        await through(node, alice).does('sendMessage', message)
        await witness.hears('receive_message', ({ message: { id } }) => id === message.id)
        // Afterwards: what is volatile is dropped while something else is on its way out.
        await through(node, alice).does('setTyping', { conversationId, state: 'typing' })
        await witness.hears('typing')
      }
      await onOther.ask('getMe', {})
      expect(onOther.frames.slice(until).join()).not.toContain(conversationId)
    })

    test('[SEC-6] a session that ends on one node ends on the other', async () => {
      const { alice } = await people('alice')
      const { accessToken, sessionId } = await signIn(alice, 1)
      const socket = await socketOf(alice, 1, accessToken)
      await alice.does('endSession', { sessionId })
      await socket.closed()
      expect(namesHeard(socket)).toContain('session_ended')
      expect(await askHttp(pair.urls[1], 'getMe', {}, accessToken)).toMatchObject({ ok: false, status: 401 })
    })

    test('[SYNC-7] a node says how many words it has said and heard', async () => {
      for (const url of pair.urls) {
        expect(await pair.metric(url, 'palabre_node_words_total{outcome="heard"}')).toBeGreaterThan(0)
        expect(await pair.metric(url, 'palabre_node_words_total{outcome="said"}')).toBeGreaterThan(0)
      }
    })
  })

  describe('while Redis is gone', () => {
    test('[P5] [SYNC-9] [SYNC-11] what is sent arrives by a hint, and new conversations do', async () => {
      const { alice, bob } = await people('alice', 'bob')
      const conversationId = await directOf(alice, bob)
      const [one, other] = [await deviceOf(alice, 0), await deviceOf(bob, 1)]
      await other.joins(conversationId)
      await without(async () => {
        const first = await one.says('without Redis', conversationId)
        await other.sees(conversationId, first.id)
        await one.client.messages.edit(conversationId, first.id, 'still without')
        await other.reads(conversationId, 'still without')
        const group = await groupOf(alice, bob)
        await other.joins(group)
        const second = await one.says('in a new group', group)
        await other.sees(group, second.id)
        await alice.does('removeMember', { conversationId: group, userId: bob.id })
        await observed(
          other.client.conversations.one(group),
          (view) => view === null,
          'it lets go of the group',
        )
      })
      expect(await pair.metric(pair.urls[1], 'palabre_sync_hints_total')).toBeGreaterThan(0)
      const back = await one.says('with Redis again', conversationId)
      await other.sees(conversationId, back.id)
      expect(await other.history(conversationId)).toEqual(await one.history(conversationId))
    })

    test('[SEC-6] a session that ends on one node ends on the other', async () => {
      const { alice } = await people('alice')
      const { accessToken, sessionId } = await signIn(alice, 1)
      const socket = await socketOf(alice, 1, accessToken)
      await without(async () => {
        await alice.does('endSession', { sessionId })
        await socket.closed()
        expect(namesHeard(socket)).toContain('session_ended')
        await eventually(async () => {
          const answer = await askHttp(pair.urls[1], 'getMe', {}, accessToken)
          return answer.ok ? undefined : true
        }, 'its token is refused')
      })
    })

    test('[P5] people sign in, /readyz says so, and marks and presence come back with Redis', async () => {
      const { alice, bob } = await people('alice', 'bob')
      const conversationId = await directOf(alice, bob)
      const message = await send(alice, conversationId, 'read me')
      const sender = await socketOf(alice, 0)
      await sender.ask('watchPresence', { userIds: [bob.id] })
      let reader: WireSocket | null = null
      await without(async () => {
        const { accessToken } = await signIn(bob, 1)
        reader = await socketOf(bob, 1, accessToken)
        for (const url of pair.urls) expect((await fetch(`${url}/readyz`)).status).toBe(200)
        expect(await reader.ask('markRead', { conversationId, seq: message.seq })).toMatchObject({ ok: true })
        // What one node keeps in memory is not believed for long.
        await eventually(async () => {
          const { read } = await alice.does('listReceipts', { conversationId, seq: message.seq })
          return read.includes(bob.id) ? true : undefined
        }, 'the mark is read from the store')
      })
      await hearsNotice(
        sender,
        ({ userId, status }) => userId === bob.id && status === 'online',
        'bob is there',
      )
    })

    test('[SYNC-2] a message that is repeated through the other node is stored once', async () => {
      const { alice, bob } = await people('alice', 'bob')
      const conversationId = await directOf(alice, bob)
      await without(async () => {
        const input = textTo(conversationId, 'once', newMessageId())
        const answers = await Promise.all(
          [0, 1, 0, 1].map((n) => through(n as 0 | 1, alice).does('sendMessage', input)),
        )
        expect(new Set(answers.map(({ message }) => message?.seq)).size).toBe(1)
        expect(answers.filter(({ duplicate }) => duplicate !== true)).toHaveLength(1)
      })
    })
  })

  describe('while Redis is gone, on nodes that ask nothing by themselves', () => {
    beforeAll(() => void (pair = blind))
    afterAll(() => void (pair = seeing))

    test('[SEC-7] [MEM-1] who is removed through one node hears nothing that is sent through the other', async () => {
      const { alice, bob, carol } = await people('alice', 'bob', 'carol')
      const conversationId = await groupOf(alice, bob, carol)
      const [onOther, witness] = [await socketOf(bob, 1), await socketOf(carol, 1)]
      // The other node has the members in memory, and trusts them.
      const before = textTo(conversationId, 'all of us')
      await through(1, alice).does('sendMessage', before)
      await onOther.hears('receive_message', ({ message: { id } }) => id === before.id)
      await without(async () => {
        const again = textTo(conversationId, 'still all of us')
        await through(1, alice).does('sendMessage', again)
        await onOther.hears('receive_message', ({ message: { id } }) => id === again.id)
        const until = onOther.frames.length
        await alice.does('removeMember', { conversationId, userId: bob.id })
        const after = textTo(conversationId, 'among ourselves')
        await through(1, alice).does('sendMessage', after)
        await witness.hears('receive_message', ({ message: { id } }) => id === after.id)
        await through(1, alice).does('react', {
          conversationId,
          id: before.id,
          emoji: '👍',
          opId: newOpId(),
        })
        await witness.hears('message_updated')
        await onOther.hears('conversation_removed', (data) => data['conversationId'] === conversationId)
        const heard = onOther.frames.slice(until).filter((frame) => frame.includes(conversationId))
        expect(heard.filter((frame) => !frame.includes('conversation_removed'))).toEqual([])
        expect(await askHttp(pair.urls[1], 'listMessages', { conversationId }, bob.token)).toMatchObject({
          ok: false,
          error: { code: 'MEMBER_REQUIRED' },
        })
      })
    })

    test('[CON-1] a socket whose word to join was lost is let in when it syncs', async () => {
      const { alice, bob } = await people('alice', 'bob')
      const onOther = await socketOf(bob, 1)
      await without(async () => {
        const conversationId = await groupOf(alice, bob)
        const lost = textTo(conversationId, 'not heard')
        await through(1, alice).does('sendMessage', lost)
        const answer = await onOther.ask('sync', { conversations: {}, account: 0 })
        expect(answer.ok && answer.output.conversations.map(({ rev }) => rev)).toEqual([2])
        const message = textTo(conversationId, 'heard')
        await through(1, alice).does('sendMessage', message)
        await onOther.hears('receive_message', ({ message: { id } }) => id === message.id)
        const heardIds = onOther.heard
          .filter(({ name }) => name === 'receive_message')
          .map(({ data }) => (data as { message: Message }).message.id)
        // The first one may be told late, when the socket is there already: a device has it by then, and ignores it.
        expect(heardIds.filter((id) => id !== lost.id)).toEqual([message.id])
      })
    })
  })

  /**
   * By the event; or, where it went by before Redis knew that the node listens to the conversation, by a hint.
   */
  async function learns(socket: WireSocket, { id, conversationId, rev }: Message): Promise<void> {
    const isIt = ({ name, data }: HeardEvent) =>
      (name === 'receive_message' && (data as { message: Message }).message.id === id) ||
      (name === 'sync_hint' && ((data as EventData<'sync_hint'>).heads[conversationId] ?? 0) >= rev)
    await eventually(
      () => (socket.heard.some(isIt) ? true : undefined),
      () => `${id} is not heard of: ${socket.heard.map(({ name }) => name).join(' ')}`,
    )
  }

  async function signIn(person: Person, node: 0 | 1): Promise<{ accessToken: string; sessionId: SessionId }> {
    const { username, password } = person
    const answer = await askHttp(pair.urls[node], 'login', { username, password, tokens: 'body' })
    if (!answer.ok) throw new Error(`${person.name} cannot sign in: ${JSON.stringify(answer.error)}`)
    const { accessToken, session } = answer.output
    return { accessToken, sessionId: session.id }
  }
})

onEachStore('limits on %s', { only: ['sqlite'] }, (store) => {
  test('[SEC-1] guesses through both nodes are counted together', async () => {
    const pair = await startPair(store, { RATE_LIMITS: 'on' })
    try {
      const { username } = await register(pair.urls[0], 'alice')
      const outcomes: (string | null)[] = []
      for (let count = 0; count < 8; count += 1) {
        const url = pair.urls[count % 2 === 0 ? 0 : 1]
        const answer = await askHttp(url, 'login', {
          username,
          password: 'a wrong long phrase',
          tokens: 'body',
        })
        outcomes.push(answer.ok ? null : answer.error.code)
      }
      // Five are free, the sixth closes the door for a second: each node alone would let all eight through.
      expect(outcomes.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'CREDENTIALS_WRONG'))
      expect(outcomes).toContain('RATE_LIMITED')
    } finally {
      await pair.stop()
    }
  })
})
