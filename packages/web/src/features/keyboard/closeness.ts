// How well a name answers what was typed into the switcher: letters in order are enough, whole words are better. Pure.
import { fold } from '../conversations/find-text.ts'

const boundary = /[\s\-–—·.,_@/()’'«»]/u
const points = { whole: 1_000, start: 400, word: 200, inside: 40, letters: 20 }

/** 0: not found. More is closer: the whole, its start, the start of a word, somewhere inside, letters on their way. */
export function closeness(query: string, ...texts: readonly string[]): number {
  const words = fold(query).split(/\s+/u).filter(Boolean)
  if (words.length === 0) return 1
  return Math.max(...texts.map((text) => closenessTo(words, fold(text))))
}

function closenessTo(words: readonly string[], text: string): number {
  if (text === words.join(' ')) return points.whole
  let sum = 0
  for (const word of words) {
    const one = closenessOf(word, text)
    if (one === 0) return 0
    sum += one
  }
  // Of two that answer alike, the shorter is meant.
  return sum + 10 / (10 + text.length)
}

function closenessOf(word: string, text: string): number {
  const at = text.indexOf(word)
  if (at === 0) return points.start
  for (let here = at; here !== -1; here = text.indexOf(word, here + 1)) {
    if (boundary.test(text[here - 1] ?? '')) return points.word
  }
  if (at !== -1 && word.length > 1) return points.inside
  return word.length > 1 && areOnTheWay(word, text) ? points.letters : 0
}

/** Each letter begins a word or follows the one before it: `fdm` and `fadi` in `famille diallo-martin`. */
function areOnTheWay(word: string, text: string): boolean {
  // Places after which the letters so far may end. All at once, letter by letter: trying way after way takes for ever.
  let ends = new Set([0])
  for (const [index, letter] of [...word].entries()) {
    const first = Math.min(...ends)
    const next = new Set<number>()
    for (let here = first; here < text.length; here += 1) {
      if (text[here] !== letter) continue
      const isStart = here === 0 || boundary.test(text[here - 1] ?? '')
      if (isStart || (index > 0 && ends.has(here))) next.add(here + 1)
    }
    if (next.size === 0) return false
    ends = next
  }
  return true
}
