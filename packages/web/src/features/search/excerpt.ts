// What a hit shows of its message: the surroundings of the first place that was found, with all found places in it
// marked. Pure; parts are text, never HTML.

export interface ExcerptPart {
  readonly text: string
  readonly isHit: boolean
}

/** Characters before the first found place, and in all. */
const leadLength = 40
const wholeLength = 220

export function excerptOf(text: string, ranges: readonly (readonly [number, number])[]): ExcerptPart[] {
  const first = ranges[0]?.[0] ?? 0
  const start = wordStart(text, Math.max(0, first - leadLength), first)
  const end = Math.min(text.length, start + wholeLength)
  const parts: ExcerptPart[] = start > 0 ? [{ text: '…', isHit: false }] : []
  let at = start
  for (const [from, to] of ranges) {
    if (from < at || to > end) continue
    if (from > at) parts.push({ text: text.slice(at, from), isHit: false })
    parts.push({ text: text.slice(from, to), isHit: true })
    at = to
  }
  if (at < end) parts.push({ text: text.slice(at, whole(text, end)), isHit: false })
  if (end < text.length) parts.push({ text: '…', isHit: false })
  return parts
}

/** The next beginning of a word, so that none is cut; where there is none, `from`, but never inside a character. */
function wordStart(text: string, from: number, upTo: number): number {
  if (from === 0) return 0
  const space = text.slice(from, upTo).search(/\s/u)
  return space === -1 ? whole(text, from) : from + space + 1
}

/** Not between the two halves of a character. */
function whole(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/u.test(text.charAt(at)) && /[\uD800-\uDBFF]/u.test(text.charAt(at - 1))
    ? at - 1
    : at
}
