// Passwords that are guessed first (ASVS 6.2.4): made of common words, a run or a repeat, or built around the
// person's or the server's name. Pure and offline: 400-odd words instead of a list of leaked passwords, because with
// twelve characters at least nearly all leaked ones are such words set together, with digits at the ends.
import { commonWords } from './common-words.ts'

/** A piece of the person or the place that a password must not be built around, in characters. */
const contextMin = 4
/** What must be left without it. */
const restMin = 8
/** So many common words and nothing else are too few. */
const wordsMin = 3

/** `context`: names of the person and the server. */
export function isWeakPassword(password: string, context: readonly string[]): boolean {
  const letters = simplified(password)
  if (isMonotonous(password.toLowerCase()) || isMadeOfWords(letters)) return true
  const names = context.flatMap((name) => [simplified(name), ...name.split(/[\s._-]+/).map(simplified)])
  const rest = names
    .filter((name) => name.length >= contextMin)
    .reduce((left, name) => left.replaceAll(name, ''), letters)
  return rest.length < letters.length && (rest.length < restMin || isMadeOfWords(rest))
}

/** True when nothing but digits and signs is left, or fewer than three common words. */
function isMadeOfWords(letters: string, words = wordsMin - 1): boolean {
  if (letters === '') return true
  if (words === 0) return false
  for (let end = letters.length; end >= 3; end -= 1) {
    if (commonWords.has(letters.slice(0, end)) && isMadeOfWords(letters.slice(end), words - 1)) return true
  }
  return false
}

/** Without case, usual substitutions, and the digits and signs that people put at the ends. */
function simplified(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/^[^\p{L}@$]+|[^\p{L}]+$/gu, '')
    .replaceAll('@', 'a')
    .replaceAll('$', 's')
    .replaceAll('0', 'o')
    .replaceAll('3', 'e')
    .replaceAll(/[1!]/g, 'i')
    .replaceAll(/[\s._-]/g, '')
}

/** A short piece repeated, or neighbours of the alphabet, the digits or the keyboard all along. */
function isMonotonous(text: string): boolean {
  if (new Set(text).size <= 3) return true
  for (let length = 1; length <= 4; length += 1) {
    if (
      text ===
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .slice(0, text.length)
    )
      return true
  }
  const rows = [
    'abcdefghijklmnopqrstuvwxyz',
    '01234567890',
    'qwertyuiop',
    'azertyuiop',
    'asdfghjkl',
    'qsdfghjklm',
    'zxcvbnm',
  ]
  const runs = rows.flatMap((row) => [row, [...row].reverse().join('')])
  const steps = [...text].slice(1).map((next, index) => `${text[index] ?? ''}${next}`)
  const neighbours = steps.filter((step) => runs.some((run) => run.includes(step))).length
  return neighbours >= steps.length * 0.8
}
