// The contract of finding messages: every engine finds the same, marks the same places, newest first, whether a message
// is in its index yet or not; and nothing that is gone or was never the reader's.
import { expect, describe, test } from 'vitest'
import type { ConversationId, Message, User } from '@palabre/protocol'
import type { SearchPlace, SearchQuestion } from '../port/search.ts'
import type { Store } from '../port/store.ts'
import { direct, group, happen, person, say, start, upTo, type StoreOf } from './kit.ts'

/** What is searched for, and what is found, newest first, with the found places in brackets. */
type Sample = readonly [query: string, found: readonly string[]]

const texts = [
  'Le goûter d’été chez Zoë',
  'Réunion à 10h, salle bleue',
  'The café on the corner is OPEN',
  'مُحَمَّد ذهب إلى السوق',
  'أحمد في البيت',
  '我们明天去北京吃饭',
  '明天见 🎉',
  "100% of $gt .* ^a [b] quo'te NEAR -not",
  'open the opening of the opera',
]

const samples: readonly Sample[] = [
  ['gouter', ['Le [goûter] d’été chez Zoë']],
  ['ÉTÉ zoe', ['Le goûter d’[été] chez [Zoë]']],
  ['reun 10', ['[Réun]ion à [10]h, salle bleue']],
  ['cafe', ['The [café] on the corner is OPEN']],
  ['open', ['[open] the [open]ing of the opera', 'The café on the corner is [OPEN]']],
  ['ope', ['[ope]n the [ope]ning of the [ope]ra', 'The café on the corner is [OPE]N']],
  ['pen', []],
  ['محمد', ['[مُحَمَّد] ذهب إلى السوق']],
  ['احمد', ['[أحمد] في البيت']],
  ['الس', ['مُحَمَّد ذهب إلى [الس]وق']],
  ['明天', ['[明天]见 🎉', '我们[明天]去北京吃饭']],
  ['北', ['我们明天去[北]京吃饭']],
  ['饭', ['我们明天去北京吃[饭]']],
  ['北京 明天', ['我们[明天]去[北京]吃饭']],
  ['北明', []],
  ['🎉', ['明天见 [🎉]']],
  ['%', []],
  ['$gt', ["100% of $[gt] .* ^a [b] quo'te NEAR -not"]],
  ['near OR open', []],
  ['"quo', ["100% of $gt .* ^a [b] [quo]'te NEAR -not"]],
  ['.*', []],
]

export function searchContract(storeOf: StoreOf): void {
  describe('search', () => {
    const ask = (store: Store, user: User, query: string, given: Partial<SearchQuestion> = {}) =>
      store.search.find({
        userId: user.id,
        conversationId: null,
        query,
        from: null,
        kind: null,
        before: null,
        after: null,
        below: null,
        limit: 50,
        isSeen: (message: Message, joinedSeq: number) => message.seq >= joinedSeq,
        ...given,
      })

    async function textsFound(store: Store, user: User, query: string, given: Partial<SearchQuestion> = {}) {
      const { found } = await ask(store, user, query, given)
      return found.map(({ message, ranges }) => {
        const text = message.kind === 'text' ? message.body.text : ''
        return [...ranges]
          .reverse()
          .reduce(
            (shown, [from, to]) => `${shown.slice(0, from)}[${shown.slice(from, to)}]${shown.slice(to)}`,
            text,
          )
      })
    }

    test('[SRCH-2] words are found from their beginning, whatever accents, case and script, indexed or not', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      for (const [at, text] of texts.entries()) await say(store, alice, id, text, { createdAt: start + at })
      const all = async () => {
        const found: Sample[] = []
        for (const [query] of samples) found.push([query, await textsFound(store, bob, query)])
        return found
      }
      expect(await all()).toEqual(samples)
      await store.search.settled()
      expect(await all()).toEqual(samples)
      expect(await textsFound(store, bob, 'open', { conversationId: id })).toHaveLength(2)
    })

    test('[SRCH-1] only conversations that one is in, only from where one joined, and nothing of the system', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const shared = await group(store, alice, [bob], 'needle')
      await say(store, alice, shared, 'needle before')
      await happen(store, alice, shared, { event: 'members_added', userIds: [carol.id] })
      await say(store, alice, shared, 'needle after')
      await say(store, bob, await direct(store, alice, bob), 'needle between two')
      const texts = async (user: User) => (await textsFound(store, user, 'needle')).sort()
      for (const settle of [false, true]) {
        if (settle) await store.search.settled()
        expect(await texts(carol)).toEqual(['[needle] after'])
        expect(await texts(bob)).toEqual(['[needle] after', '[needle] before', '[needle] between two'])
        expect(
          await textsFound(store, carol, 'needle', { conversationId: await direct(store, alice, bob) }),
        ).toEqual([])
      }
      await happen(store, alice, shared, { event: 'member_removed', userId: carol.id })
      expect(await texts(carol)).toEqual([])
    })

    test('[SRCH-3] what is deleted is not found from its commit on, and an edited message by its new words alone', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      const [kept, gone] = [
        await say(store, alice, id, 'purple boat'),
        await say(store, alice, id, 'purple car'),
      ]
      await store.search.settled()
      const alter = (message: Message, text: string, deletedAt: number | null) =>
        store.log.change(
          { conversationId: id, id: message.id, userId: alice.id, opId: null, movesBody: true },
          (now) => (now.kind === 'text' ? { ...now, body: { text }, deletedAt } : now),
        )
      await alter(kept, 'green boat', null)
      await alter(gone, '', start)
      for (const settle of [false, true]) {
        if (settle) await store.search.settled()
        expect(await textsFound(store, bob, 'purple')).toEqual([])
        expect(await textsFound(store, bob, 'boat')).toEqual(['green [boat]'])
        expect(await textsFound(store, bob, 'green')).toEqual(['[green] boat'])
      }
    })

    test('[SRCH-4] page after page brings each once, newest first, also where many are of one moment', async () => {
      const store = storeOf()
      const [alice, bob, carol] = [await person(store), await person(store), await person(store)]
      const ids = [await direct(store, alice, bob), await group(store, bob, [alice, carol])]
      for (const number of upTo(40)) {
        const id = ids[number % 3 === 0 ? 1 : 0] as ConversationId
        await say(store, number % 2 ? alice : bob, id, `shell ${number}`, {
          createdAt: start + Math.floor(number / 5),
        })
      }
      await store.search.settled()
      await say(store, alice, ids[0] as ConversationId, 'shell 41', { createdAt: start + 9 })
      const inOrder = (await ask(store, alice, 'shell')).found.map(({ message }) => message)
      expect(inOrder).toHaveLength(41)
      const sorted = [...inOrder].sort(
        (a, b) =>
          b.createdAt - a.createdAt ||
          (a.conversationId < b.conversationId
            ? 1
            : a.conversationId > b.conversationId
              ? -1
              : b.seq - a.seq),
      )
      expect(inOrder.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id))
      const paged: Message[] = []
      let below: SearchPlace | null = null
      do {
        const page: Awaited<ReturnType<typeof ask>> = await ask(store, alice, 'shell', { below, limit: 7 })
        paged.push(...page.found.map(({ message }) => message))
        below = page.next
      } while (below !== null)
      expect(paged.map(({ id }) => id)).toEqual(inOrder.map(({ id }) => id))
    })

    test('[SRCH-4] a search is narrowed by who, what kind and when', async () => {
      const store = storeOf()
      const [alice, bob] = [await person(store), await person(store)]
      const id = await direct(store, alice, bob)
      for (const number of upTo(6))
        await say(store, number % 2 ? alice : bob, id, `stone ${number}`, { createdAt: start + number })
      for (const settle of [false, true]) {
        if (settle) await store.search.settled()
        const found = (given: Partial<SearchQuestion>) => textsFound(store, alice, 'stone', given)
        expect(await found({ from: bob.id })).toEqual(['[stone] 6', '[stone] 4', '[stone] 2'])
        expect(await found({ kind: 'text', limit: 1 })).toEqual(['[stone] 6'])
        expect(await found({ kind: 'image' })).toEqual([])
        expect(await found({ before: start + 3 })).toEqual(['[stone] 2', '[stone] 1'])
        expect(await found({ after: start + 5 })).toEqual(['[stone] 6', '[stone] 5'])
        expect(await found({ after: start + 9 })).toEqual([])
      }
    })
  })
}
