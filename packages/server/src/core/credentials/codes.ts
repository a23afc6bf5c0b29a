// Codes that people copy by hand or read out: Crockford's letters in groups, forgiving of case, spaces and the letters
// that look like digits. Kept as SHA-256: with 80 bits and more there is nothing to try out, so a slow hash would
// only cost the server its time (SECURITY §5.2, where argon2id was named too: this is the simpler one of the two).
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const bitsOfLetter = 5
const groupOf = 4

/** Letters of each kind: 80, 130 and 160 bits. */
export const codeLetters = { recovery: 16, reset: 26, invite: 32 } as const
export type CodeKind = keyof typeof codeLetters

/** A new one, as it is shown. */
export function makeCode(kind: CodeKind): string {
  const bytes = randomBytes(codeLetters[kind])
  const text = [...bytes].map((byte) => letters[byte & (2 ** bitsOfLetter - 1)]).join('')
  return text.match(new RegExp(`.{1,${groupOf}}`, 'gu'))?.join('-') ?? text
}

/** What is kept of it; null for what is no code of that kind. `owner`: equal codes of two people have unequal hashes. */
export function hashOfCode(kind: CodeKind, code: string, owner = ''): string | null {
  const plain = code
    .toUpperCase()
    .replaceAll(/[\s.-]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/gu, '1')
  const isOne = plain.length === codeLetters[kind] && [...plain].every((letter) => letters.includes(letter))
  return isOne ? createHash('sha256').update(`${kind} ${owner} ${plain}`).digest('base64url') : null
}

/** In constant time. */
export function isSameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
