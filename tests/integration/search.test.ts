// Finding messages: what one finds, what one never does, and who is refused.
import { expect, test } from 'vitest'
import type { InputOf } from '@palabre/protocol'
import { directOf, groupOf, send, someConversationId } from '../kit/make.ts'
import { onEachStore } from '../kit/on-stores.ts'
import type { Person } from '../kit/people.ts'
import { useWorld } from '../kit/world.ts'

type Asker = Pick<Person, 'does'>

const ask = (person: Asker, input: InputOf<'searchMessages'>) => person.does('searchMessages', input)
const found = async (person: Asker, input: InputOf<'searchMessages'>) =>
  (await ask(person, input)).hits.map(({ message }) =>
    message.kind === 'text' ? message.body.text : message.kind,
  )

onEachStore('on %s', {}, (store) => {
  const world = useWorld(store)

  test('[SRCH-1] one finds what one may see, everywhere or in one conversation, page by page', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const [pair, group] = [await directOf(alice, bob), await groupOf(alice, bob)]
    await send(alice, pair, 'Le dîner est prêt')
    await send(bob, group, 'Qui vient dîner ?')
    await send(bob, pair, 'J’arrive')
    expect(await found(alice, { query: 'DINER' })).toEqual(['Qui vient dîner ?', 'Le dîner est prêt'])
    expect(await found(alice, { query: 'din', conversationId: pair })).toEqual(['Le dîner est prêt'])
    expect(await found(alice, { query: 'din', from: bob.id })).toEqual(['Qui vient dîner ?'])
    expect(await found(carol, { query: 'diner' })).toEqual([])
    const first = await ask(bob, { query: 'diner', limit: 1 })
    expect(first.hits.map(({ ranges }) => ranges)).toEqual([[[10, 15]]])
    expect(await found(bob, { query: 'diner', limit: 1, cursor: first.cursor ?? '' })).toEqual([
      'Le dîner est prêt',
    ])
    const { hits, cursor, isComplete } = await ask(bob, { query: '?!' })
    expect({ hits, cursor, isComplete }).toEqual({ hits: [], cursor: null, isComplete: true })
  })

  test('[SRCH-1] who joins later does not find what was before; who is put out finds nothing more', async () => {
    const { alice, bob, carol } = await world.accounts('alice', 'bob', 'carol')
    const group = await groupOf(alice, bob)
    await send(alice, group, 'secret one')
    await alice.does('addMembers', { conversationId: group, userIds: [carol.id] })
    await send(alice, group, 'secret two')
    expect(await found(carol, { query: 'secret' })).toEqual(['secret two'])
    await alice.does('removeMember', { conversationId: group, userId: carol.id })
    expect(await found(carol, { query: 'secret' })).toEqual([])
    expect(await carol.refusal('searchMessages', { query: 'secret', conversationId: group })).toBe(
      'MEMBER_REQUIRED',
    )
    expect(
      await carol.refusal('searchMessages', { query: 'secret', conversationId: someConversationId() }),
    ).toBe('MEMBER_REQUIRED')
  })

  test('[SRCH-3] what was edited or deleted is not found by its old words', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const pair = await directOf(alice, bob)
    const [edited, deleted] = [await send(alice, pair, 'lilac sky'), await send(alice, pair, 'lilac sea')]
    expect(await found(bob, { query: 'lilac' })).toHaveLength(2)
    const { conversationId, id, bodyRev } = edited
    await alice.does('editMessage', { conversationId, id, bodyRev, body: { text: 'grey sky' } })
    await alice.does('deleteMessage', { conversationId, id: deleted.id })
    expect(await found(bob, { query: 'lilac' })).toEqual([])
    expect(await found(bob, { query: 'grey' })).toEqual(['grey sky'])
  })

  test('[SRCH-1] what one has cleared or deleted for oneself is not found, by oneself', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const pair = await directOf(alice, bob)
    await send(alice, pair, 'amber one')
    const cleared = await send(alice, pair, 'amber two')
    const hidden = await send(alice, pair, 'amber three')
    await send(alice, pair, 'amber four')
    await bob.does('keep', {
      change: { keep: 'clear', conversationId: pair, at: 1, seq: cleared.seq, isDeleted: false },
    })
    await bob.does('keep', { change: { keep: 'hide', conversationId: pair, at: 2, id: hidden.id } })
    for (const conversationId of [pair, undefined])
      expect(
        await found(bob, { query: 'amber', ...(conversationId !== undefined && { conversationId }) }),
      ).toEqual(['amber four'])
    expect(await found(alice, { query: 'amber' })).toHaveLength(4)
  })

  test('[SEC-22] what means something to an engine means nothing here; what is no question is refused', async () => {
    const { alice, bob } = await world.accounts('alice', 'bob')
    const pair = await directOf(alice, bob)
    await send(alice, pair, 'plain words')
    for (const query of [
      '"',
      '* OR 1=1',
      'NEAR(a b)',
      "'; DROP TABLE messages; --",
      '$where',
      '.*',
      '^q',
      '[[',
      '%',
      '\u0000q',
    ])
      expect([query, (await ask(bob, { query })).hits]).toEqual([query, []])
    for (const wrong of [
      { query: '' },
      { query: '   ' },
      { query: 'x'.repeat(201) },
      { query: 'x', limit: 51 },
      { query: 'x', cursor: 'bm90IG91cnM' },
      { query: 'x', cursor: Buffer.from('[1,"x",1]').toString('base64url') },
      { query: 'x', kind: 'system' as 'text' },
    ])
      expect([wrong, await bob.refusal('searchMessages', wrong)]).toEqual([wrong, 'INVALID'])
  })
})
