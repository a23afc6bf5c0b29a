import { expect, test } from 'vitest'
import { isFoundIn } from './find-text.ts'

test.each([
  ['fa', 'Famille Diallo-Martin', true],
  ['mar', 'Famille Diallo-Martin', true],
  ['fete', 'Fête de quartier', true],
  ['diallo fam', 'Famille Diallo-Martin', true],
  ['artin', 'Famille Diallo-Martin', false],
  ['جم', 'جمعية الحي', true],
  ['coeur', 'Cœur à cœur', true],
  ['محمد', 'مُحَمَّد', true],
  ['', 'anything', true],
])('%s in %s: %s', (query, text, isFound) => {
  expect(isFoundIn(query, text)).toBe(isFound)
})
