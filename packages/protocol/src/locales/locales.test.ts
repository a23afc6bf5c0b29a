import { expect, test } from 'vitest'
import { errors, type ErrorCode } from '../errors.ts'
import { errorSentence, languageOf, languages } from './index.ts'

test('every code has a sentence of its own language, ending like one', () => {
  for (const code of Object.keys(errors) as ErrorCode[]) {
    for (const language of languages)
      expect(errorSentence(code, language), code).toMatch(/^[\p{Lu}\p{Lo}].+\.$/u)
    expect(errorSentence(code, 'fr')).not.toBe(errorSentence(code, 'en'))
    expect(errorSentence(code, 'ar'), code).toMatch(/\p{Script=Arabic}/u)
  }
})

test('the first language that we speak is taken, English otherwise', () => {
  expect(languageOf('fr-CA,fr;q=0.9,en;q=0.8')).toBe('fr')
  expect(languageOf('de, en;q=0.5')).toBe('en')
  expect(languageOf('de')).toBe('en')
  expect(languageOf('')).toBe('en')
})
