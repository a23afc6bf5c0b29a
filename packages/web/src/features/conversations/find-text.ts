// Finding names by what people type: without case and without marks, at the start of any word.

const joined: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ـ: '' }

/** Lower case, without marks and joined letters, for comparing only. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[œæßـ]/g, (letter) => joined[letter] ?? '')
}

/** Every word of the query begins a word of one of the texts. An empty query finds everything. */
export function isFoundIn(query: string, ...texts: readonly string[]): boolean {
  const words = fold(query).split(/\s+/u).filter(Boolean)
  const found = texts.flatMap((text) => fold(text).split(/[\s\-–—·.,_@/()’']+/u))
  const whole = texts.map(fold)
  return words.every(
    (word) => found.some((part) => part.startsWith(word)) || whole.some((text) => text.startsWith(word)),
  )
}
