// What a text is found by: without case, accents and vowel signs, from the beginning of each of its words on; scripts
// that write no spaces are found from any character on (SRCH-2). Pure, and the same for every store and every device:
// an index only brings candidates, `matchText` decides, and says what to mark in the text as it was written.

/** Characters of a message that are searched; what lies beyond is read, not found. */
const searchedLength = 16_384
/** Words of one query; the ones after it are left out (SEC-22). */
const queryWords = 8
/** Characters of a word that an index keeps. */
const termLength = 24
/** Places that are marked in one text. */
const rangesMax = 50

/** From `start` to before `end`, in UTF-16 units of the text as it was written. */
export type TextRange = [start: number, end: number]

/** A text as it is compared; `at[i]` is where its unit `i` stands in the original, null where it is the same place. */
interface Folded {
  text: string
  at: number[] | null
}

/** A word of a query. `isRun`: of a script without spaces, found anywhere in a run of it. */
export interface QueryWord {
  readonly text: string
  readonly isRun: boolean
}

/** What to ask an index for: messages that hold the term, or one that begins with it. */
export interface Lookup {
  readonly term: string
  readonly isPrefix: boolean
}

const run =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u30FC'
/** A run, an emoji, or a word. */
const tokenPattern = new RegExp(
  `([${run}]+)|(\\p{Extended_Pictographic})|((?:(?![${run}])[\\p{L}\\p{N}])+)`,
  'gu',
)
const plainToken = /[a-z0-9]+/gu
const marks = /[\p{M}\p{Cf}\u0640]/gu
/** What Unicode does not take apart, and people type either way. */
const alike: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ٱ: 'ا',
}
const knownMax = 20_000
const known = new Map<string, string>()

function foldCharacter(character: string): string {
  const held = known.get(character)
  if (held !== undefined) return held
  const plain = character.toLowerCase().normalize('NFKD').replace(marks, '').toLowerCase()
  const folded = alike[plain] ?? plain
  if (known.size >= knownMax) known.clear()
  known.set(character, folded)
  return folded
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false
  return true
}

function fold(whole: string): Folded {
  const text = whole.length > searchedLength ? whole.slice(0, searchedLength) : whole
  if (isAscii(text)) return { text: text.toLowerCase(), at: null }
  let folded = ''
  const at: number[] = []
  let index = 0
  for (const character of text) {
    const plain = foldCharacter(character)
    for (let unit = 0; unit < plain.length; unit++) at.push(index)
    folded += plain
    index += character.length
  }
  at.push(index)
  return { text: folded, at }
}

interface Token {
  text: string
  start: number
  isRun: boolean
}

function tokensOf({ text, at }: Folded): Token[] {
  const tokens: Token[] = []
  if (at === null) {
    for (const match of text.matchAll(plainToken))
      tokens.push({ text: match[0], start: match.index, isRun: false })
    return tokens
  }
  for (const match of text.matchAll(tokenPattern))
    tokens.push({ text: match[0], start: match.index, isRun: match[1] !== undefined })
  return tokens
}

/** The words of what somebody typed; none: there is nothing to look for. */
export function queryWordsOf(query: string): QueryWord[] {
  const words = new Map<string, QueryWord>()
  for (const { text, isRun } of tokensOf(fold(query))) words.set(text, { text, isRun })
  return [...words.values()].slice(0, queryWords)
}

/** All terms that a text is to be found by, each once. */
export function termsOfText(text: string): Set<string> {
  const terms = new Set<string>()
  for (const token of tokensOf(fold(text))) {
    if (!token.isRun) terms.add(token.text.slice(0, termLength))
    else for (const term of pairsOf(token.text, true)) terms.add(term)
  }
  return terms
}

/** What an index must hold all of where the words may be; the rarest ones come first. */
export function lookupsOf(words: readonly QueryWord[]): Lookup[] {
  const lookups = words.flatMap(({ text, isRun }): Lookup[] => {
    if (!isRun) return [{ term: text.slice(0, termLength), isPrefix: true }]
    const pairs = pairsOf(text, false)
    return pairs.length === 0
      ? [{ term: text, isPrefix: true }]
      : pairs.map((term) => ({ term, isPrefix: false }))
  })
  return lookups.sort((a, b) => b.term.length - a.term.length)
}

/** The neighbours of a run, two by two; `withLast`: and its last character alone, for whoever types only that. */
function pairsOf(text: string, withLast: boolean): string[] {
  const characters = [...text]
  const pairs = characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`)
  const last = characters.at(-1)
  if (withLast && last !== undefined) pairs.push(last)
  return pairs
}

/** Where the words are found in `text`, in order and apart from each other; null: not all of them are in it. */
export function matchText(text: string, words: readonly QueryWord[]): TextRange[] | null {
  if (words.length === 0) return null
  const folded = fold(text)
  const tokens = tokensOf(folded)
  const ranges: TextRange[] = []
  const place = (start: number, length: number): TextRange =>
    folded.at === null
      ? [start, start + length]
      : [folded.at[start] ?? text.length, folded.at[start + length] ?? text.length]
  for (const word of words) {
    let isFound = false
    for (const token of tokens) {
      if (token.isRun !== word.isRun) continue
      if (!word.isRun) {
        if (!token.text.startsWith(word.text)) continue
        isFound = true
        ranges.push(place(token.start, word.text.length))
      } else {
        let from = token.text.indexOf(word.text)
        while (from !== -1) {
          isFound = true
          ranges.push(place(token.start + from, word.text.length))
          from = token.text.indexOf(word.text, from + word.text.length)
        }
      }
    }
    if (!isFound) return null
  }
  return apart(ranges)
}

function apart(ranges: TextRange[]): TextRange[] {
  const merged: TextRange[] = []
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = merged.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else if (merged.length < rangesMax) merged.push([start, end])
  }
  return merged
}

/** Fields of a body that people read, in the order in which their texts are searched. */
const readFields = ['text', 'caption', 'question', 'name', 'title', 'label'] as const
/** Parts of a body that have such fields themselves. */
const readParts = ['media', 'contact', 'location', 'poll'] as const

/** What is searched of a message, for ranges too: the text, and what else of its body people read. */
export function searchedText(message: { kind: string; body: unknown; deletedAt: number | null }): string {
  if (message.kind === 'system' || message.deletedAt !== null) return ''
  const { body } = message
  if (message.kind === 'text') return textIn(body, 'text')
  const texts = [
    ...readFields.map((field) => textIn(body, field)),
    ...readParts.flatMap((part) => readFields.map((field) => textIn(valueIn(body, part), field))),
    ...optionsIn(body).map((option) => textIn(option, 'text')),
  ]
  return texts.filter((text) => text !== '').join('\n')
}

function valueIn(body: unknown, field: string): unknown {
  return typeof body === 'object' && body !== null
    ? Object.getOwnPropertyDescriptor(body, field)?.value
    : undefined
}

function textIn(body: unknown, field: string): string {
  const value = valueIn(body, field)
  return typeof value === 'string' ? value : ''
}

function optionsIn(body: unknown): unknown[] {
  const value = valueIn(body, 'options')
  return Array.isArray(value) ? value : []
}
