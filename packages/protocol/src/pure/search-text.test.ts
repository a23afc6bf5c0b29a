// What is found by what people type, in the scripts they type in, and that an index never hides what matches.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lookupsOf, matchText, queryWordsOf, searchedText, termsOfText } from './search-text.ts'

const found = (text: string, query: string) =>
  matchText(text, queryWordsOf(query))?.map(([start, end]) => text.slice(start, end)) ?? null

test.each([
  ['Une soirée d’été à Évry', 'ete', ['été']],
  ['Une soirée d’été à Évry', 'SOIREE evr', ['soirée', 'Évr']],
  ['Le cœur de Zoë', 'coeur zoe', ['cœur', 'Zoë']],
  ['e\u0301te\u0301 demain', 'été', ['e\u0301te\u0301']],
  ['The quick brown fox', 'qui bro', ['qui', 'bro']],
  ['The quick brown fox', 'rown', null],
  ['straße', 'strasse', ['straße']],
  ['مُحَمَّد ذهب إلى السوق', 'محمد', ['مُحَمَّد']],
  ['أحمد هنا', 'احمد', ['أحمد']],
  ['مـــرحبا', 'مرحبا', ['مـــرحبا']],
  ['我们明天去北京吃饭', '北京', ['北京']],
  ['我们明天去北京吃饭', '京', ['京']],
  ['我们明天去北京吃饭', '饭', ['饭']],
  ['我们明天去北京吃饭', '北京 明天', ['明天', '北京']],
  ['我们明天去北京吃饭', '北明', null],
  ['会議は3時です', '3時', ['3時']],
  ['on fête 🎉 demain', '🎉', ['🎉']],
  ['a % b .* c', '%', null],
  ['le fichier rapport_2024.pdf', 'rapport 2024', ['rapport', '2024']],
] as const)('[SRCH-2] in “%s” “%s” finds %j', (text, query, expected) => {
  expect(found(text, query)).toEqual(expected)
})

test('[SRCH-2] whatever matches is brought by every lookup, and ranges are apart and within the text', () => {
  const words = fc.stringMatching(/^[a-cé明天北 .🎉]{0,24}$/u)
  fc.assert(
    fc.property(words, words, (text, query) => {
      const asked = queryWordsOf(query)
      const ranges = matchText(text, asked)
      if (ranges === null) return
      const terms = [...termsOfText(text)]
      for (const { term, isPrefix } of lookupsOf(asked))
        expect(terms.some((one) => (isPrefix ? one.startsWith(term) : one === term))).toBe(true)
      let last = -1
      for (const [start, end] of ranges) {
        expect(start).toBeGreaterThan(last)
        expect(end).toBeGreaterThan(start)
        last = end
      }
      expect(last).toBeLessThanOrEqual(text.length)
    }),
    { numRuns: 500 },
  )
})

test('[SRCH-1] nothing is searched of what was deleted or the system said; of other kinds, what people read', () => {
  const of = (kind: string, body: unknown, deletedAt: number | null = null) =>
    searchedText({ kind, body, deletedAt })
  expect(of('text', { text: 'hello' })).toBe('hello')
  expect(of('text', { text: 'hello' }, 1)).toBe('')
  expect(of('system', { event: 'title_changed', title: 'Walkers' })).toBe('')
  expect(of('file', { text: 'read this', media: { name: 'plan.pdf' } })).toBe('read this\nplan.pdf')
})
