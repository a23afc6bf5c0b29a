// How deep a JSON text nests, found before it is parsed: deep nesting parses, then overflows the stack of
// whoever walks it (SEC-12). One pass over the text, no recursion, no copies.

const quote = 0x22
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

interface Characters {
  readonly length: number
  at(index: number): number
}

/** True when the text nests deeper than `max` from `start` on. Whether it is JSON at all, the parser decides. */
export function isTooDeep(text: string, max: number, start = 0): boolean {
  return scan({ length: text.length, at: (index) => text.charCodeAt(index) }, max, start)
}

/** The same for bytes of UTF-8, whose later bytes never look like a bracket or quote. */
export function areBytesTooDeep(bytes: Uint8Array, max: number): boolean {
  return scan({ length: bytes.length, at: (index) => bytes[index] ?? 0 }, max, 0)
}

function scan(characters: Characters, max: number, start: number): boolean {
  let depth = 0
  let isInString = false
  for (let index = start; index < characters.length; index += 1) {
    const character = characters.at(index)
    if (isInString) {
      if (character === backslash) index += 1
      else if (character === quote) isInString = false
    } else if (character === quote) {
      isInString = true
    } else if (character === openBracket || character === openBrace) {
      depth += 1
      if (depth > max) return true
    } else if (character === closeBracket || character === closeBrace) {
      depth -= 1
    }
  }
  return false
}
