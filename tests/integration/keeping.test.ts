// What one keeps for oneself: on all devices, offline too, and nobody else hears of it (KEEP-1 … KEEP-9).
import { expect, test } from 'vitest'
import { limits, type ConversationId, type InputOf } from '@palabre/protocol'
import { directOf, groupOf, send, someUserId, textsOf } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { eventually, observed } from '../kit/wait.ts'
import { useWorld } from '../kit/world.ts'

/** The server has it: what a device shows at once may still be on its way. */
const cleared = (person: Person, conversationId: ConversationId, seq: number) =>
  eventually(async () => {
    const { conversation } = await person.does('getConversation', { conversationId })
    return conversation.me.clearedSeq >= seq ? true : undefined
  }, 'cleared on the server')

const keep = (person: Person, change: InputOf<'keep'>['change']) => person.does('keep', { change })

onEachStore('on %s', { isLong: true }, (store) => {
  const world = useWorld(store)

  test('[KEEP-1] what was done later wins, whichever comes last; the same again changes nothing', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const at = Date.now() - 10_000
    const later = await keep(alice, { keep: 'pin', conversationId, at: at + 2, isPinned: false })
    expect(later.entry).toMatchObject({ rev: 1, value: { isPinned: false } })
    expect(await keep(alice, { keep: 'pin', conversationId, at, isPinned: true })).toEqual({ entry: null })
    expect(await keep(alice, { keep: 'pin', conversationId, at: at + 2, isPinned: false })).toEqual({
      entry: null,
    })
    const ahead = await keep(alice, { keep: 'mute', conversationId, at: 8e15, mutedUntil: limits.muteAlways })
    expect(ahead.entry?.value?.at).toBeLessThanOrEqual(Date.now())
    expect(
      (await keep(alice, { keep: 'mute', conversationId, at: 9e15, mutedUntil: null })).entry,
    ).not.toBeNull()
    expect(
      await alice.refusal('keep', { change: { keep: 'mute', conversationId, at, mutedUntil: 9e15 } }),
    ).toBe('INVALID')
  })

  test('[KEEP-2] pins, mutes, marks and names are on every device and in nobody else’s', async () => {
    const { alice, bob, carol } = await world.people('alice', 'bob', 'carol')
    const [first, second] = [await directOf(alice, bob), await directOf(alice, carol)]
    await send(bob, first, 'older')
    await send(carol, second, 'newer')
    const laptop = await alice.opens()
    const heardByBob = await bob.socket()
    const { keeping } = alice.device.client
    await keeping.pin(first, true)
    await keeping.mute(first, limits.muteAlways)
    await keeping.markUnread(first, true)
    await keeping.name(bob.id, 'My brother')
    await observed(
      laptop.client.conversations.list,
      ({ conversations: [top] }) =>
        top?.conversation.id === first && top.conversation.me.markedUnread && top.title === 'My brother',
      'pinned, marked and named on the laptop',
    )
    const { conversation } = await alice.does('getConversation', { conversationId: first })
    expect(conversation.me).toMatchObject({ mutedUntil: limits.muteAlways, markedUnread: true })
    laptop.client.receipts.markRead(first, conversation.lastSeq)
    await observed(
      alice.device.client.conversations.one(first),
      (view) => view?.conversation.me.markedUnread === false,
      'read, and not marked any more',
    )
    await keeping.name(bob.id, null)
    await observed(
      laptop.client.users.user(bob.id),
      (user) => user?.displayName === bob.user.displayName,
      'own',
    )
    expect(heardByBob.frames.join()).not.toContain('brother')
    const named = { change: { keep: 'name', userId: someUserId(), at: 1, name: 'Nobody' } } as const
    expect(await alice.refusal('keep', named)).toBe('USER_NOT_FOUND')
  })

  test('[KEEP-4] what is said brings an archived conversation back, unless it is muted', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    await send(bob, conversationId, 'one')
    const row = alice.device.client.conversations.one(conversationId)
    const isAway = (isIt: boolean) =>
      observed(row, (view) => (view?.conversation.me.archivedAt !== null) === isIt, 'away')
    await observed(row, (view) => view?.unread === 1, 'there')
    const { keeping } = alice.device.client
    await keeping.archive(conversationId, true)
    await isAway(true)
    await send(bob, conversationId, 'two')
    await isAway(false)
    await keeping.mute(conversationId, limits.muteAlways)
    await keeping.archive(conversationId, true)
    await send(bob, conversationId, 'three')
    await observed(row, (view) => view?.unread === 3, 'heard')
    await isAway(true)
  })

  test('[KEEP-5] a draft is on the other devices, with what it answers, until it is sent', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    const { id } = await send(bob, conversationId, 'when?')
    const laptop = await alice.opens()
    const { conversations } = alice.device.client
    await alice.device.sees(conversationId, id)
    conversations.setDraft(conversationId, 'At fo', id)
    const row = laptop.client.conversations.one(conversationId)
    await observed(row, (view) => view?.draft === 'At fo' && view.draftReplyTo === id, 'the draft')
    conversations.setDraft(conversationId, '')
    await observed(row, (view) => view?.draft === '' && view.draftReplyTo === null, 'no draft')
  })

  test('[KEEP-6] what was cleared comes by no route any more', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    const secret = await send(bob, conversationId, 'a secret')
    const last = await send(bob, conversationId, 'another secret')
    await alice.device.sees(conversationId, last.id)
    const socket = await alice.socket()
    const seen = socket.frames.length
    await alice.device.client.keeping.clear(conversationId)
    const row = alice.device.client.conversations.one(conversationId)
    await observed(row, (view) => view?.last === null && view.unread === 0, 'an empty row')
    await cleared(alice, conversationId, last.seq)
    const ofIt = { conversationId, id: secret.id }
    await bob.does('editMessage', { ...ofIt, bodyRev: secret.bodyRev, body: { text: 'a new secret' } })
    await bob.does('react', { ...ofIt, emoji: '🎉' })
    expect(await alice.refusal('getMessage', ofIt)).toBe('MESSAGE_NOT_FOUND')
    expect(await alice.refusal('react', { ...ofIt, emoji: '👍' })).toBe('MESSAGE_NOT_FOUND')
    expect(await alice.refusal('listReceipts', { conversationId, seq: secret.seq })).toBe('MESSAGE_NOT_FOUND')
    const answers = [
      await alice.does('listMessages', { conversationId }),
      await alice.does('listMessages', { conversationId, around: secret.seq }),
      await alice.does('messagesSince', { timestamp: 0 }),
      await alice.does('listConversations', {}),
      await alice.does('sync', { conversations: {}, account: 0 }),
      await alice.does('sync', {
        conversations: { [conversationId]: secret.rev },
        account: 0,
        epoch: 'other',
      }),
    ]
    expect(JSON.stringify(answers)).not.toContain('secret')
    const { blocks } = await alice.does('getDigests', { conversationId, from: 1 })
    expect(blocks).toEqual([])
    expect(socket.frames.slice(seen).join()).not.toContain('new secret')
    const next = await send(bob, conversationId, 'hello again')
    await observed(row, (view) => view?.unread === 1 && view.last?.message.id === next.id, 'what is new')
    expect(textsOf((await bob.does('listMessages', { conversationId })).messages)).toContain('a new secret')
  })

  test('[KEEP-7] a deleted conversation is in no list until something is said; a group is left first', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await directOf(alice, bob)
    await send(bob, conversationId, 'one')
    const { client } = alice.device
    await alice.device.reads(conversationId, 'one')
    await client.keeping.deleteConversation(conversationId)
    const isListed = (isIt: boolean) =>
      observed(
        client.conversations.list,
        ({ conversations }) => conversations.some((view) => view.conversation.id === conversationId) === isIt,
        'listed',
      )
    await isListed(false)
    await cleared(alice, conversationId, 2)
    await send(bob, conversationId, 'two')
    await isListed(true)
    expect(textsOf((await alice.does('listMessages', { conversationId })).messages)).toEqual(['two'])
    const group = await groupOf(alice, bob)
    const change = { keep: 'clear', conversationId: group, at: 1, seq: 1, isDeleted: true } as const
    expect(await alice.refusal('keep', { change })).toBe('LEAVE_REQUIRED')
  })

  test('[KEEP-8] a message deleted for me is gone from my devices, and its place stays', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const conversationId = await groupOf(alice, bob)
    await send(bob, conversationId, 'first')
    const hidden = await send(bob, conversationId, 'embarrassing')
    const laptop = await alice.opens()
    await alice.device.sees(conversationId, hidden.id)
    const socket = await alice.socket()
    const row = laptop.client.conversations.one(conversationId)
    await observed(row, (view) => view?.unread === 2, 'two unread')
    await alice.device.client.keeping.hide(conversationId, hidden.id)
    await observed(row, (view) => view?.unread === 1, 'one unread')
    const last = row.get()?.last?.message
    expect(last?.kind === 'text' && last.body.text).toBe('first')
    const ofIt = { conversationId, id: hidden.id }
    await bob.does('react', { ...ofIt, emoji: '🎉' })
    await send(bob, conversationId, 'after')
    await laptop.reads(conversationId, 'after')
    expect(textsOf(await laptop.history(conversationId))).toEqual(['first', 'after'])
    expect(JSON.stringify(await laptop.cache.messages(conversationId, null, 10))).not.toContain(
      'embarrassing',
    )
    expect(await alice.refusal('getMessage', ofIt)).toBe('MESSAGE_NOT_FOUND')
    const { messages } = await alice.does('listMessages', { conversationId })
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect(JSON.stringify([messages, socket.frames])).not.toContain('embarrassing')
    expect(await keep(alice, { keep: 'hide', ...ofIt, at: 1 })).toEqual({ entry: null })
    const system = messages[0]?.id
    expect(
      system &&
        (await alice.refusal('keep', { change: { keep: 'hide', conversationId, id: system, at: 1 } })),
    ).toBe('MESSAGE_FIXED')
  })

  test('[KEEP-9] what is starred is listed newest first, in pages, as long as one may see it', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const [group, direct] = [await groupOf(alice, bob), await directOf(alice, bob)]
    const sent = []
    for (const id of [group, direct, group, direct]) sent.push(await send(alice, id, `n ${sent.length}`))
    const laptop = await bob.opens()
    for (const { conversationId, id } of sent.toReversed()) {
      await bob.device.sees(conversationId, id)
      await bob.device.client.keeping.star(conversationId, id, true)
    }
    await observed(laptop.client.keeping.stars, (stars) => stars.size === 4, 'four stars')
    const page = await bob.does('listStarred', { limit: 3 })
    expect(textsOf(page.messages)).toEqual(['n 3', 'n 2', 'n 1'])
    const rest = await bob.does('listStarred', { limit: 3, cursor: page.cursor ?? '' })
    expect([textsOf(rest.messages), rest.cursor]).toEqual([['n 0'], null])
    await alice.does('removeMember', { conversationId: group, userId: bob.id })
    await bob.device.client.keeping.star(direct, sent[1]?.id ?? expect.fail(), false)
    await observed(laptop.client.keeping.stars, (stars) => stars.size === 3, 'three stars')
    expect(textsOf((await bob.does('listStarred', {})).messages)).toEqual(['n 3'])
  })

  test('[KEEP-1] what is done offline is shown at once, outlives the device’s restart, and reaches the others', async () => {
    const { alice, bob } = await world.people('alice', 'bob')
    const network = await world.network()
    const phone = await alice.opens({ network })
    const conversationId = await directOf(alice, bob)
    const { id } = await send(bob, conversationId, 'remember')
    await phone.sees(conversationId, id)
    network.cut()
    await phone.client.keeping.pin(conversationId, false)
    await phone.client.keeping.pin(conversationId, true)
    await phone.client.keeping.star(conversationId, id, true)
    await phone.stop()
    await phone.start()
    const row = phone.client.conversations.one(conversationId)
    await observed(
      row,
      (view) => (view?.conversation.me.pinnedAt ?? null) !== null,
      'pinned after the restart',
    )
    expect(phone.client.keeping.isStarred(conversationId, id)).toBe(true)
    expect(phone.client.waiting.get()).toBe(0)
    network.heal()
    await observed(alice.device.client.keeping.stars, (stars) => stars.size === 1, 'starred elsewhere')
    const entries = (await alice.does('sync', { conversations: {}, account: 0 })).account.entries
    expect(entries.map(({ value }) => value)).toMatchObject([{ isPinned: true }, { isStarred: true }])
  })
})
