// Who one is at a glance: a stable colour of eight by id, and initials. Pure; the same on every device.

const colours = 8

/** 1 to 8, always the same for an id (FNV-1a over its characters). */
export function personOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  }
  return ((hash >>> 0) % colours) + 1
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** First letters of the first and the last word that begin with a letter or digit; "?" when there is none. */
export function initialsOf(name: string): string {
  const words = name
    .split(/[\s\-–—·.,/()]+/u)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+/u, ''))
    .filter((word) => word !== '')
  const first = words[0]
  const last = words.length > 1 ? words.at(-1) : undefined
  return [first, last].map(firstLetter).join('').toLocaleUpperCase() || '?'
}

function firstLetter(word: string | undefined): string {
  if (word === undefined) return ''
  const first = segmenter.segment(word)[Symbol.iterator]().next()
  return first.done === true ? '' : first.value.segment
}
