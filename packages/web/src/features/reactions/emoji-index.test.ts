import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { Emoji } from '@palabre/protocol'
import { createEmojiIndex, emojiCategories, withRecent, type EmojiSource } from './emoji-index.ts'

const require = createRequire(import.meta.url)
const data = (locale: string) =>
  JSON.parse(
    readFileSync(require.resolve(`emoji-picker-element-data/${locale}/cldr/data.json`), 'utf8'),
  ) as EmojiSource[]
const french = createEmojiIndex(data('fr'), data('en'))
const found = (query: string) => french.search(query, 24).map((one) => one.emoji)

describe('the emoji index', () => {
  test('every category has some, and names are in the interface’s language', () => {
    for (const category of emojiCategories) expect(french.byCategory(category).length).toBeGreaterThan(50)
    expect(french.nameOf('🙏')).toMatch(/mains/)
  })

  test('finds in both languages, with or without accents', () => {
    expect(found('fete')).toContain('🎉')
    expect(found('party')).toContain('🎉')
    expect(found('coeur')).toContain('❤️')
    expect(found('CŒUR rouge')[0]).toBe('❤️')
    expect(found('xyzzy')).toEqual([])
    expect(found('  ')).toEqual([])
  })

  test('all of them are accepted as reactions', () => {
    expect(french.all.filter((one) => !Emoji.safeParse(one.emoji).success)).toEqual([])
  })
})

test('recent ones are kept newest first, each once', () => {
  expect(withRecent(['a', 'b', 'c'], 'b', 3)).toEqual(['b', 'a', 'c'])
  expect(withRecent(['a', 'b', 'c'], 'd', 3)).toEqual(['d', 'a', 'b'])
})
