// Colours are stable and spread; initials survive hyphens, marks, emoji and other scripts.
import { expect, test } from 'vitest'
import { initialsOf, personOf } from './person.ts'

test('a colour is one of eight and stays', () => {
  const ids = Array.from(
    { length: 400 },
    (_, index) => `0198a000-0000-7000-8000-${String(index).padStart(12, '0')}`,
  )
  const seen = new Set(ids.map(personOf))
  expect([...seen].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(personOf(ids[7] ?? '')).toBe(personOf(ids[7] ?? ''))
})

test.each([
  ['Nadia Diallo', 'ND'],
  ['Jean-Baptiste de La Rochefoucauld', 'JR'],
  ['awa', 'A'],
  ['🎉 Fête de quartier', 'FQ'],
  ['جمعية الحي', 'جا'],
  ['École', 'É'],
  ['🎉', '?'],
])('%s becomes %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})
