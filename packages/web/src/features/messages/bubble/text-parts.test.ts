import { describe, expect, test } from 'vitest'
import { foldCharacters, foldedText, isEmojiOnly, textParts } from './text-parts.ts'

const links = (text: string) =>
  textParts(text).flatMap((part) => (part.type === 'link' ? [[part.text, part.href]] : []))

describe('links', () => {
  test('loses no character of the text', () => {
    const text = 'Le plan : https://baobab.example/plan, et écris à awa@example.org !'
    expect(
      textParts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  })

  test('http, https, www and mail are links, without the punctuation of the sentence', () => {
    expect(links('voir https://a.example/b?c=1#d.')).toEqual([
      ['https://a.example/b?c=1#d', 'https://a.example/b?c=1#d'],
    ])
    expect(links('(www.example.org)')).toEqual([['www.example.org', 'https://www.example.org/']])
    expect(links('https://fr.example.org/wiki/Arbre_(palabre)')).toHaveLength(1)
    expect(links('https://fr.example.org/wiki/Arbre_(palabre)')[0]?.[0]).toMatch(/\)$/)
    expect(links('awa@example.org')).toEqual([['awa@example.org', 'mailto:awa@example.org']])
  })

  test('[SEC-34] nothing else is a link', () => {
    for (const text of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'https://',
      'intent://x',
    ]) {
      expect(links(text)).toEqual([])
    }
  })

  test('[SEC-34] a host that mixes scripts, or hides behind a name, is shown as it is', () => {
    expect(links('https://pаypal.com/x')[0]?.[0]).toBe('https://xn--pypal-4ve.com/x')
    expect(links('https://bank.example@evil.example/')[0]?.[0]).toBe('https://evil.example')
    expect(links('https://münchen.example')[0]?.[0]).toBe('https://münchen.example')
  })
})

describe('mentions', () => {
  const people = [
    { userId: 'u1', name: 'Awa' },
    { userId: 'u2', name: 'Awa Diallo' },
  ]
  test('the longest name wins, and a name inside a word is none', () => {
    expect(textParts('@Awa Diallo et @Awa, pas @Awatif', people)).toEqual([
      { type: 'mention', text: '@Awa Diallo', userId: 'u2' },
      { type: 'text', text: ' et ' },
      { type: 'mention', text: '@Awa', userId: 'u1' },
      { type: 'text', text: ', pas @Awatif' },
    ])
  })
  test('whoever was not mentioned stays text', () => {
    expect(textParts('@Paul')).toEqual([{ type: 'text', text: '@Paul' }])
  })
})

test.each([
  ['👍', true],
  ['👩‍👩‍👧‍👦 ❤️ 🇸🇳', true],
  ['👍🏿👍🏿👍🏿', true],
  ['1️⃣', true],
  ['👍👍👍👍', false],
  ['ok 👍', false],
  ['123', false],
  ['', false],
])('%s alone is drawn large: %s', (text, expected) => {
  expect(isEmojiOnly(text)).toBe(expected)
})

describe('folding', () => {
  test('a short text stays whole', () => {
    expect(foldedText('bonjour\n'.repeat(23))).toBeNull()
  })
  test('many lines are cut at a line', () => {
    expect(foldedText('a\n'.repeat(30))?.split('\n')).toHaveLength(24)
  })
  test('many characters are cut at a word, never inside a character', () => {
    expect(foldedText('mot '.repeat(600))?.endsWith('mot')).toBe(true)
    const faces = foldedText('😀'.repeat(1_000)) ?? ''
    expect(faces.length).toBeLessThanOrEqual(foldCharacters)
    expect(faces.isWellFormed()).toBe(true)
    expect(foldedText(`x${'😀'.repeat(1_000)}`)?.isWellFormed()).toBe(true)
  })
})
