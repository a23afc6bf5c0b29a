// Messages: sending once, editing, deleting, quoting, history; over HTTP, socket and SDK.
import { expect, test } from 'vitest'
import { limits } from '@palabre/protocol'
import {
  directOf,
  groupOf,
  newMessageId,
  newOpId,
  range,
  send,
  seqsOf,
  textsOf,
  textTo,
} from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import { observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

onEachStore('on %s', (store) => {
  const world = useWorld(store)

  test('what one says, the other sees, to the letter, and on the sender’s other devices', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const laptop = await alice.opens()
    const text = '  Zoë: “naïve” 👩‍👩‍👧‍👦 \u202Eعربي\n\n<b>not bold</b> '
    const message = await alice.says(text, bob)
    const { conversationId } = message
    for (const device of [bob.device, laptop]) {
      const seen = await device.sees(conversationId, message.id)
      expect(seen).toMatchObject({ body: { text }, senderId: alice.id, seq: message.seq, editedAt: null })
    }
  })

  test('a blank, too long or half-character text is refused, a long one is not', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    for (const text of ['', ' \n ', 'x'.repeat(limits.textLength + 1), 'half \uD83D', 'nul \u0000']) {
      expect(await alice.refusal('sendMessage', textTo(id, text))).toBe('INVALID')
    }
    await send(alice, id, 'é'.repeat(limits.textLength))
  })

  test('[LOG-2] the same id again gets the first answer and is stored once, also after an edit', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const input = textTo(id, 'once')
    const first = await alice.does('sendMessage', input)
    expect(first.duplicate).toBeUndefined()
    const socket = await alice.socket()
    const again = await socket.ask('sendMessage', input)
    expect(again).toEqual({ ok: true, output: { ...first, duplicate: true } })
    const { bodyRev } = first.message!
    await alice.does('editMessage', { conversationId: id, id: input.id, bodyRev, body: { text: 'edited' } })
    const later = await alice.does('sendMessage', input)
    expect(later.duplicate).toBe(true)
    expect(later.message).toMatchObject({ seq: first.message!.seq, body: { text: 'edited' } })
    expect(
      (await bob.does('listMessages', { conversationId: id })).messages.filter((m) => m.id === input.id),
    ).toHaveLength(1)
  })

  test('[LOG-2] the same id with other content, or by another sender, is a conflict', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await directOf(alice, bob)
    const input = textTo(id, 'mine')
    await alice.does('sendMessage', input)
    expect(await alice.refusal('sendMessage', { ...input, body: { text: 'other' } })).toBe(
      'MESSAGE_ID_CONFLICT',
    )
    expect(await bob.refusal('sendMessage', input)).toBe('MESSAGE_ID_CONFLICT')
  })

  test('[LOG-2] a repeat by who is no member any more gets the place, not the content', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const id = await groupOf(alice, bob)
    const input = textTo(id, 'my last words')
    const { message } = await bob.does('sendMessage', input)
    await alice.does('removeMember', { conversationId: id, userId: bob.id })
    const repeat = await bob.does('sendMessage', input)
    expect(repeat).toEqual({ duplicate: true, receipt: { id: input.id, seq: message!.seq } })
    expect(await bob.refusal('sendMessage', textTo(id, 'new'))).toBe('MEMBER_REQUIRED')
  })

  test('[P3] senders at the same time get one order without a hole', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const id = await groupOf(alice, bob, carol)
    const sent = await Promise.all(
      range(1, 60).map((n) => send([alice, bob, carol][n % 3]!, id, `message ${n}`)),
    )
    expect(seqsOf(sent).sort((a, b) => a - b)).toEqual(range(2, 61))
    const { messages } = await alice.does('listMessages', { conversationId: id, limit: 100 })
    expect(seqsOf(messages)).toEqual(range(1, 61))
    expect(messages.map(({ rev }) => rev)).toEqual(range(1, 61))
  })

  test('the author edits; the others see it; another’s message is not edited', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const message = await alice.says('frist', bob)
    const { conversationId, id, bodyRev } = message
    expect(await bob.refusal('editMessage', { conversationId, id, bodyRev, body: { text: 'mine' } })).toBe(
      'MESSAGE_AUTHOR_REQUIRED',
    )
    await alice.device.client.messages.edit(conversationId, id, 'first')
    const seen = await bob.device.sees(conversationId, id, (shown) => shown.message.editedAt !== null)
    expect(seen.body).toEqual({ text: 'first' })
  })

  test('[LOG-7] an edit of what has changed meanwhile is refused with the message as it is; a reaction is no such change', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const { id, bodyRev } = await send(alice, conversationId, 'one')
    await bob.does('react', { conversationId, id, emoji: '🎉' })
    const edited = await alice.does('editMessage', { conversationId, id, bodyRev, body: { text: 'two' } })
    expect(edited.message.bodyRev).toBeGreaterThan(bodyRev)
    const answer = await alice.ask('editMessage', { conversationId, id, bodyRev, body: { text: 'three' } })
    expect(!answer.ok && answer.error.code).toBe('MESSAGE_CHANGED')
    expect(!answer.ok && answer.error.details).toEqual({ message: edited.message })
  })

  test('[LOG-7] a change with a known opId answers as before; one that changes nothing takes no rev', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const { id, bodyRev } = await send(alice, conversationId, 'one')
    const edit = { conversationId, id, bodyRev, body: { text: 'two' }, opId: newOpId() }
    const first = await alice.does('editMessage', edit)
    const again = await alice.does('editMessage', edit)
    expect(again).toEqual(first)
    const same = { ...edit, opId: newOpId(), bodyRev: first.message.bodyRev }
    expect(await alice.does('editMessage', same)).toEqual(first)
    expect((await alice.does('getConversation', { conversationId })).conversation.rev).toBe(first.message.rev)
  })

  test('a deleted message leaves its place and nothing else; only author and admins delete', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const conversationId = await groupOf(alice, bob, carol)
    const mine = await send(bob, conversationId, 'regretted')
    const alices = await send(alice, conversationId, 'stays')
    await carol.sees(conversationId, alices.id)
    expect(await carol.refusal('deleteMessage', { conversationId, id: mine.id })).toBe(
      'MESSAGE_AUTHOR_REQUIRED',
    )
    expect(await bob.refusal('deleteMessage', { conversationId, id: alices.id })).toBe(
      'MESSAGE_AUTHOR_REQUIRED',
    )
    await bob.device.joins(conversationId)
    await bob.device.client.messages.delete(conversationId, mine.id)
    const seen = await carol.device.sees(conversationId, mine.id, ({ message }) => message.deletedAt !== null)
    expect(seen).toMatchObject({ body: { text: '' }, seq: mine.seq, reactions: [], replyTo: null })
    const target = { conversationId, id: mine.id }
    expect(await bob.refusal('react', { ...target, emoji: '👍' })).toBe('MESSAGE_DELETED')
    expect(await bob.refusal('editMessage', { ...target, bodyRev: seen.bodyRev, body: { text: 'x' } })).toBe(
      'MESSAGE_DELETED',
    )
    const others = await send(carol, conversationId, 'moderated')
    const { message } = await alice.does('deleteMessage', { conversationId, id: others.id })
    expect(message.deletedAt).not.toBeNull()
  })

  test('a reply quotes a message of this conversation, and no other', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const group = await groupOf(alice, bob)
    const elsewhere = await alice.says('elsewhere', bob)
    const question = await send(alice, group, 'tea?')
    await bob.device.joins(group)
    const id = await bob.device.client.messages.send(group, { text: 'yes', replyTo: question.id })
    expect(await alice.sees(group, id)).toMatchObject({ replyTo: question.id })
    for (const replyTo of [elsewhere.id, newMessageId()]) {
      expect(await bob.refusal('sendMessage', { ...textTo(group, 'x'), replyTo })).toBe('MESSAGE_NOT_FOUND')
    }
    const quoted = await bob.device.client.messages.get(group, question.id)
    expect(quoted?.id).toBe(question.id)
    expect(await bob.device.client.messages.get(group, newMessageId())).toBeNull()
  })

  test('mentions are members', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const group = await groupOf(alice, bob)
    const message = await send(alice, group, '@bob', { mentions: [bob.id] })
    expect(message.mentions).toEqual([bob.id])
    expect(await alice.refusal('sendMessage', { ...textTo(group, '@carol'), mentions: [carol.id] })).toBe(
      'MEMBER_NOT_FOUND',
    )
  })

  test('history comes in pages before, after and around a place, in order', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    for (const n of range(1, 29)) await send(alice, conversationId, `message ${n}`)
    const page = async (place: { before?: number; after?: number; around?: number }, limit = 5) => {
      const { messages, hasBefore, hasAfter } = await bob.does('listMessages', {
        conversationId,
        limit,
        ...place,
      })
      return { seqs: seqsOf(messages), hasBefore, hasAfter }
    }
    expect(await page({})).toEqual({ seqs: range(26, 30), hasBefore: true, hasAfter: false })
    expect(await page({ before: 26 })).toEqual({ seqs: range(21, 25), hasBefore: true, hasAfter: true })
    expect(await page({ before: 4 })).toEqual({ seqs: range(1, 3), hasBefore: false, hasAfter: true })
    expect(await page({ after: 0 })).toEqual({ seqs: range(1, 5), hasBefore: false, hasAfter: true })
    expect(await page({ after: 27 })).toEqual({ seqs: range(28, 30), hasBefore: true, hasAfter: false })
    const around = await page({ around: 15 })
    expect(around.seqs).toContain(15)
    expect(around.seqs).toEqual(range(around.seqs[0]!, around.seqs.at(-1)!))
    expect(around).toMatchObject({ hasBefore: true, hasAfter: true })
    expect(await bob.refusal('listMessages', { conversationId, before: 3, after: 1 })).toBe('INVALID')
  })

  test('[SYNC-10] a device pages back to the first message, whatever changes meanwhile', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const sent = []
    for (const n of range(1, 120)) sent.push(await send(alice, conversationId, `message ${n}`))
    const late = await bob.opens()
    const first = sent[0]!
    await Promise.all([
      late.history(conversationId),
      alice.does('editMessage', {
        conversationId,
        id: first.id,
        bodyRev: first.bodyRev,
        body: { text: 'message 1, edited' },
      }),
    ])
    const edited = ({ message }: { message: { editedAt: number | null } }) => message.editedAt !== null
    await late.sees(conversationId, first.id, edited)
    expect(textsOf(await late.history(conversationId)).slice(0, 2)).toEqual([
      'message 1, edited',
      'message 2',
    ])
    expect(seqsOf(await late.history(conversationId))).toEqual(range(1, 121))
  })

  test('messages since a time come from all conversations, in pages, and only one’s own', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const [one, two] = [await directOf(alice, bob), await groupOf(alice, bob)]
    const { createdAt } = await send(alice, one, 'first')
    for (const n of range(1, 3)) await send(bob, two, `then ${n}`)
    const texts: string[] = []
    let cursor: string | null = null
    do {
      const page: { messages: never[]; cursor: string | null } = (await alice.does('messagesSince', {
        timestamp: createdAt,
        limit: 2,
        ...(cursor === null ? {} : { cursor }),
      })) as never
      texts.push(...textsOf(page.messages))
      cursor = page.cursor
    } while (cursor !== null)
    expect(texts).toEqual(['first', 'then 1', 'then 2', 'then 3'])
    expect((await carol.does('messagesSince', { timestamp: 0 })).messages).toEqual([])
    expect(await alice.refusal('messagesSince', { timestamp: 0, cursor: 'nonsense' })).toBe('INVALID')
  })

  test('[OUT-5] the sender sees it go from queued to sent, delivered and read', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const states: string[] = []
    const conversationId = await directOf(alice, bob)
    await alice.device.joins(conversationId)
    await bob.device.joins(conversationId)
    const timeline = alice.device.client.messages.timeline(conversationId)
    const note = () => {
      const state = timeline.get().messages.at(-1)?.state
      if (state && state !== states.at(-1)) states.push(state)
    }
    const stop = timeline.subscribe(note)
    const message = await alice.says('read me', conversationId)
    await bob.sees(conversationId, message.id)
    bob.device.client.receipts.markRead(conversationId, message.seq)
    await observed(timeline, ({ messages }) => messages.at(-1)?.state === 'read', 'read')
    stop()
    const order = ['queued', 'sending', 'sent', 'delivered', 'read']
    const places = states.map((state) => order.indexOf(state))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(states.at(-1)).toBe('read')
  })

  test('[OUT-3] what is refused for good is shown as failed and lets the next ones go', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const group = await groupOf(alice, bob)
    await bob.device.joins(group)
    const network = await world.network()
    const tablet = await bob.opens({ network })
    await tablet.joins(group)
    network.cut()
    const toGroup = await tablet.writes('to the group', group)
    await alice.does('removeMember', { conversationId: group, userId: bob.id })
    network.heal()
    await tablet.online()
    await observed(tablet.client.waiting, (waiting) => waiting === 0, 'nothing waits')
    const { outbox } = await tablet.cache.read()
    expect(outbox.map(({ messageId, failed }) => [messageId, failed])).toEqual([[toGroup, 'MEMBER_REQUIRED']])
    const message = await tablet.says('to alice', alice)
    await alice.sees(message.conversationId, message.id)
  })
})
