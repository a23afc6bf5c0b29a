// A message's text as parts to draw: words, links and mentions. Pure; nothing here ever becomes HTML.
// Only http, https and mailto are followed (SEC-34). A host that mixes scripts is shown as the network sees it.

export type TextPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'link'; readonly text: string; readonly href: string }
  | { readonly type: 'mention'; readonly text: string; readonly userId: string }

export interface Mentionable {
  readonly userId: string
  /** Without the at sign. */
  readonly name: string
}

/** Lines and characters beyond which a message folds. */
const foldLines = 24
export const foldCharacters = 1_500

const linkPattern =
  /(?:https?:\/\/|www\.)[^\s<>"'`«»“”]+|(?:mailto:)?[\p{L}\p{N}._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/giu
const scripts = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Arabic}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u,
]

/** Cuts `text` into parts. Mentions are found by name; the longest name wins. */
export function textParts(text: string, mentioned: readonly Mentionable[] = []): TextPart[] {
  const parts: TextPart[] = []
  let at = 0
  for (const match of text.matchAll(linkPattern)) {
    const raw = trimEnd(match[0])
    const link = toLink(raw)
    if (link === null) continue
    parts.push(...mentionParts(text.slice(at, match.index), mentioned), link)
    at = match.index + raw.length
  }
  parts.push(...mentionParts(text.slice(at), mentioned))
  return parts
}

function mentionParts(text: string, mentioned: readonly Mentionable[]): TextPart[] {
  if (text === '') return []
  const named = mentioned.filter((one) => one.name !== '').sort((a, b) => b.name.length - a.name.length)
  if (named.length === 0) return [{ type: 'text', text }]
  const parts: TextPart[] = []
  let rest = 0
  let at = text.indexOf('@')
  while (at !== -1) {
    const from = at
    const found = named.find((one) => {
      const end = from + 1 + one.name.length
      return text.slice(from + 1, end) === one.name && !/[\p{L}\p{N}]/u.test(text.charAt(end))
    })
    if (found) {
      if (at > rest) parts.push({ type: 'text', text: text.slice(rest, at) })
      parts.push({ type: 'mention', text: `@${found.name}`, userId: found.userId })
      rest = at + 1 + found.name.length
      at = text.indexOf('@', rest)
    } else {
      at = text.indexOf('@', at + 1)
    }
  }
  if (rest < text.length) parts.push({ type: 'text', text: text.slice(rest) })
  return parts
}

/** Where links stand, in order: marks in them are no marks. */
export function linkRanges(text: string): [start: number, end: number][] {
  const ranges: [number, number][] = []
  if (!/[@:]|www/iu.test(text)) return ranges
  for (const match of text.matchAll(linkPattern)) {
    const raw = trimEnd(match[0])
    if (toLink(raw) !== null) ranges.push([match.index, match.index + raw.length])
  }
  return ranges
}

/** A sentence's punctuation is not the link's; a closing bracket is when it was opened inside. */
function trimEnd(raw: string): string {
  const count = (character: string) => raw.split(character).length
  const opened = { ')': count('('), ']': count('['), '}': count('{') }
  const closed = { ')': count(')'), ']': count(']'), '}': count('}') }
  let end = raw.length
  for (; end > 0; end--) {
    const last = raw.charAt(end - 1)
    if (/[.,;:!?…*_~'’|]/u.test(last)) continue
    const isBracket = last === ')' || last === ']' || last === '}'
    if (!isBracket || closed[last] <= opened[last]) break
    closed[last] -= 1
  }
  return raw.slice(0, end)
}

function toLink(raw: string): TextPart | null {
  const isMail = !/^(?:https?:\/\/|www\.)/i.test(raw)
  const address = isMail
    ? /^mailto:/i.test(raw)
      ? raw
      : `mailto:${raw}`
    : /^www\./i.test(raw)
      ? `https://${raw}`
      : raw
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (isMail) return url.protocol === 'mailto:' ? { type: 'link', text: raw, href: url.href } : null
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  const isDeceiving = url.username !== '' || url.password !== '' || mixesScripts(raw)
  return { type: 'link', text: isDeceiving ? plainAddress(url) : raw, href: url.href }
}

/** The address with its host as the network sees it, and without a name that could pass for a host. */
function plainAddress(url: URL): string {
  const tail = `${url.pathname}${url.search}${url.hash}`
  return `${url.protocol}//${url.host}${tail === '/' ? '' : tail}`
}

function mixesScripts(raw: string): boolean {
  const host = raw.replace(/^https?:\/\//i, '').split(/[/?#]/, 1)[0] ?? ''
  return scripts.filter((script) => script.test(host)).length > 1
}

const emojiUnit =
  /^(?:\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F\u200D\p{Extended_Pictographic}\u{E0020}-\u{E007F}]*)$/u

/** True for one to three emoji and nothing else: they are drawn large. */
export function isEmojiOnly(text: string): boolean {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > 100) return false
  const units = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(trimmed)]
    .map((unit) => unit.segment)
    .filter((unit) => unit.trim() !== '')
  return units.length <= 3 && units.every((unit) => emojiUnit.test(unit) && !/^[©®™]$/u.test(unit))
}

/** The beginning of a long text, cut at a line or a word; null when it need not fold. */
export function foldedText(text: string): string | null {
  const lines = text.split('\n')
  if (lines.length <= foldLines && text.length <= foldCharacters) return null
  const head = lines.slice(0, foldLines).join('\n')
  if (head.length <= foldCharacters) return head.trimEnd()
  const cut = head.slice(0, foldCharacters)
  const space = cut.search(/\s\S*$/)
  const end = space > foldCharacters - 80 ? space : foldCharacters
  // Never between the two halves of a surrogate pair.
  const safe = /[\uD800-\uDBFF]$/.test(cut.slice(0, end)) ? end - 1 : end
  return cut.slice(0, safe).trimEnd()
}
