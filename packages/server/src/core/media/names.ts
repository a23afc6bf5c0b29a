// Names of files as people see and save them (SEC-16): what leads elsewhere, cannot be seen or turns reading round is
// taken out. Pure. A name never becomes a path here; what browsers do with one is theirs.
import { limits } from '@palabre/protocol'

// Separators, what Windows reserves, controls, and what changes the direction or cannot be seen.
const unwanted =
  /[\\/:*?"<>|\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/gu

/** The last part of a path, at most 200 characters, with its ending; empty when nothing is left. */
export function cleanName(given: string): string {
  const last = given.normalize('NFC').split(/[\\/]/u).at(-1) ?? ''
  const plain = last
    .replaceAll(/\p{Surrogate}/gu, '')
    .replaceAll(unwanted, '')
    .replace(/^[.\s]+/u, '')
    .replace(/[.\s]+$/u, '')
  const characters = [...plain]
  if (characters.length <= limits.uploadName) return plain
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(plain)?.[0] ?? ''
  return characters.slice(0, limits.uploadName - ending.length).join('') + ending
}

/** For `Content-Disposition` (RFC 6266, RFC 8187). */
export function dispositionOf(name: string, isShown: boolean): string {
  const way = isShown ? 'inline' : 'attachment'
  if (name === '') return way
  const ascii = name.replaceAll(/[^\x20-\x7E]|["\\%]/gu, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${way}; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
