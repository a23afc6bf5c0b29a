import { expect, test } from 'vitest'
import { commonWords } from './common-words.ts'
import { isWeakPassword } from './weak-passwords.ts'

const context = ['ellen.fitz', 'Ellen Fitzgerald', 'Palabre', 'palabre']

test('what is guessed first is refused', () => {
  const weak = [
    'password1234',
    'P@ssw0rd!2026',
    'iloveyou12345',
    'qwertyuiop123',
    'azertyuiop2026',
    'motdepasse123',
    'bonjour.soleil.2025',
    '123456789012',
    '0987654321098',
    'aaaaaaaaaaaa',
    'abababababab',
    'abcdefghijklmnop',
    'administrator1',
    '!!!!!!!!!!!!1',
  ]
  expect(weak.filter((password) => !isWeakPassword(password, context))).toEqual([])
})

test('what is built around the person’s or the server’s name is refused', () => {
  const weak = [
    'ellenfitzgerald1',
    'Ellen.Fitz.2026',
    'fitzgerald1987',
    'palabre-palabre',
    'ellen-password-1',
  ]
  expect(weak.filter((password) => !isWeakPassword(password, context))).toEqual([])
})

test('a phrase is fine, with a name or a common word in it too', () => {
  const fine = [
    'a phrase nobody guesses',
    'correct horse battery staple',
    'ellen walks seven dogs uphill',
    'sunshine over the grey harbour',
    'kV9#tq2Lw8zX',
    'Четыре чёрненьких чертёнка',
    '今日は天気がとても良いですね',
  ]
  expect(fine.filter((password) => isWeakPassword(password, context))).toEqual([])
})

test('the list is long enough to mean something', () => {
  expect(commonWords.size).toBeGreaterThan(400)
})
