// Marks around a selection, and away again.
import { expect, test } from 'vitest'
import { marked } from './mark-up.ts'

const press = (text: string, start: number, end: number) => {
  const change = marked(text, start, end, '*')
  const after = text.slice(0, change.from) + change.words + text.slice(change.to)
  return `${after.slice(0, change.start)}[${after.slice(change.start, change.end)}]${after.slice(change.end)}`
}

test('a selection is marked, and unmarked by the same keys', () => {
  expect(press('say it now', 4, 6)).toBe('say *[it]* now')
  expect(press('say *it* now', 5, 7)).toBe('say [it] now')
  expect(press('', 0, 0)).toBe('*[]*')
})
