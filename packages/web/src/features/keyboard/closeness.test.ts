import { expect, test } from 'vitest'
import { closeness } from './closeness.ts'

test.each([
  ['fete', 'Fête de quartier'],
  ['fdm', 'Famille Diallo-Martin'],
  ['fadi', 'Famille Diallo-Martin'],
  ['mar fam', 'Famille Diallo-Martin'],
  ['tier', 'Fête de quartier'],
  ['جم', 'جمعية الحي'],
  ['', 'anything'],
])('%s is found in %s', (query, text) => {
  expect(closeness(query, text)).toBeGreaterThan(0)
})

test.each([
  ['xyz', 'Famille Diallo-Martin'],
  ['r', 'Fête de quartier'],
  ['mfd', 'Famille Diallo-Martin'],
  ['fete lune', 'Fête de quartier'],
])('%s is not found in %s', (query, text) => {
  expect(closeness(query, text)).toBe(0)
})

test('the closer a name, the earlier it comes', () => {
  const names = ['Samara Ali', 'Camara', 'Mar', 'Marguerite', 'Anne Martin', 'Max Arnaud Roy']
  const found = names
    .map((name) => ({ name, close: closeness('mar', name) }))
    .sort((a, b) => b.close - a.close)
    .map(({ name }) => name)
  expect(found).toEqual(['Mar', 'Marguerite', 'Anne Martin', 'Camara', 'Samara Ali', 'Max Arnaud Roy'])
})

test('a name as long as names may be is looked through at once', () => {
  expect(closeness('aaaaaaaaaaaaaaab', 'a '.repeat(100))).toBe(0)
})
