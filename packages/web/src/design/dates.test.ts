// Dates as people say them: by their own calendar days, in their language.
import { expect, test } from 'vitest'
import { formatAgo, formatDay, formatRow, regional, untilMidnight } from './dates.ts'

const at = (text: string): number => new Date(text).getTime()
const now = at('2026-11-23T00:05:00')

test.each([
  ['2026-11-23T00:01:00', 'en-GB', '00:01'],
  ['2026-11-22T23:58:00', 'en', 'Yesterday'],
  ['2026-11-22T23:58:00', 'fr', 'Hier'],
  ['2026-11-21T12:00:00', 'fr', 'sam.'],
  ['2026-11-14T12:00:00', 'fr', '14/11'],
  ['2025-11-14T12:00:00', 'fr', '14/11/2025'],
])('a row says %s in %s as %s', (moment, language, text) => {
  expect(formatRow(at(moment), now, language)).toBe(text)
})

test.each([
  ['2026-11-23T00:01:00', 'fr', 'Aujourd’hui'],
  ['2026-11-22T10:00:00', 'fr', 'Hier'],
  ['2026-11-21T10:00:00', 'en', 'Saturday'],
  ['2026-11-10T10:00:00', 'fr', '10 novembre'],
  ['2025-11-10T10:00:00', 'fr', '10 novembre 2025'],
])('a day chip says %s in %s as %s', (moment, language, text) => {
  expect(formatDay(at(moment), now, language).replace("'", '’')).toBe(text)
})

test('last seen: now, minutes, then the day', () => {
  expect(formatAgo(now - 10_000, now, 'en')).toBe('now')
  expect(formatAgo(now - 5 * 60_000, now, 'en')).toBe('5 min. ago')
  expect(formatAgo(at('2026-11-21T12:00:00'), now, 'fr')).toBe('samedi')
})

test('midnight is as far away as the clock says', () => {
  expect(untilMidnight(now)).toBe(23 * 3_600_000 + 55 * 60_000)
})

test('a language takes the kind of it that the reader’s browser asks for', () => {
  expect(regional('en', ['fr-CA', 'en-GB', 'en-US'])).toBe('en-GB')
  expect(regional('fr', ['fr', 'fr-CA'])).toBe('fr')
  expect(regional('fr', ['en-GB'])).toBe('fr')
  expect(regional('ar', ['ar-MA'])).toBe('ar-MA-u-nu-latn')
  expect(regional('en', ['eno'])).toBe('en')
})
