// How people are found and listed by their names, the same on every engine: what is compared is without case and
// marks, so that accents and Arabic vowel signs make no difference. Pure; engines only compare what this makes, byte
// by byte.

/** Without case and marks: how names are compared, found and put in order. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/gu, ' ').trim()
}

/** No username begins with it. */
const erasedSign = '~'

/** In place of the username of somebody whose account was deleted: nobody's, and unique (ERASE-2). */
export function erasedName(id: string): string {
  return erasedSign + id
}

/** A username as people are told it: empty where the account was deleted. */
export function shownName(username: string): string {
  return username.startsWith(erasedSign) ? '' : username
}

/** What a person is found by: the username, and the name from each of its words on; who was erased, by nothing. */
export function termsOf(username: string, displayName: string): string[] {
  if (shownName(username) === '') return []
  const words = plain(displayName).split(' ')
  return [...new Set([username, ...words.map((_, start) => words.slice(start).join(' '))])]
}

/**
 * The terms that begin with what somebody typed, as a range: `from ≤ term < to`. It uses an index, and nothing in the
 * query has a meaning of its own. Null: nothing was typed.
 */
export function rangeOf(query: string): { from: string; to: string } | null {
  const from = plain(query)
  // Above every character that a name may hold.
  return from === '' ? null : { from, to: `${from}\u{10FFFF}` }
}
