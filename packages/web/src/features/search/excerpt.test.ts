// The excerpt of a hit: nothing is lost or doubled, and what was found is marked.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { excerptOf } from './excerpt.ts'

const shown = (text: string, ranges: [number, number][]) =>
  excerptOf(text, ranges)
    .map(({ text: part, isHit }) => (isHit ? `[${part}]` : part))
    .join('')

test('what was found is marked, with its surroundings', () => {
  expect(shown('Le dîner est prêt', [[3, 8]])).toBe('Le [dîner] est prêt')
  const long = `${'before '.repeat(40)}needle${' after'.repeat(80)}`
  const at = long.indexOf('needle')
  expect(shown(long, [[at, at + 6]])).toMatch(/^…before before .*\[needle\] after.*…$/u)
  expect(shown(long, [[at, at + 6]]).length).toBeLessThan(240)
})

test('it is always a part of the text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600, unit: 'binary' }), fc.nat(600), (text, from) => {
      const start = Math.min(from, text.length)
      const parts = excerptOf(text, [[start, Math.min(text.length, start + 3)]])
      const joined = parts.map((part) => part.text).join('')
      expect(text).toContain(joined.replace(/^…(?=.)|…$/gsu, '').slice(1, -1))
    }),
  )
})
