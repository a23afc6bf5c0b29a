// How people mark up what they write: *bold*, _italic_, ~struck~, `code`, ``` blocks, > quotes and lists. Pure: a text
// becomes a tree to draw, never HTML, in one walk over it; `sourceOf` of the tree is the text again, to the letter. A
// mark counts at the edge of a word and closed on its line; in links, and where it does not close, it is a character.
import { linkRanges, textParts, type Mentionable, type TextPart } from './text-parts.ts'

const kinds = { '*': 'bold', _: 'italic', '~': 'strike' } as const
type Mark = keyof typeof kinds

export type Span =
  | TextPart
  | { readonly type: 'code'; readonly mark: string; readonly text: string }
  | { readonly type: (typeof kinds)[Mark]; readonly mark: Mark; readonly spans: readonly Span[] }

/** Blocks stand on lines of their own. `mark`: what a line of a quote or an item begins with. */
export type Block =
  | { readonly type: 'text'; readonly spans: readonly Span[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'quote' | 'bullets' | 'numbers'; readonly items: readonly Item[] }

interface Item {
  readonly mark: string
  readonly spans: readonly Span[]
}

const lineMark = /^(?:(> ?)|([-*•] )|(\d{1,9}[.)] ))/u
const isWord = (character: string) => /[\p{L}\p{N}]/u.test(character)
const isBlank = (character: string) => character === '' || /\s/u.test(character)

/** The tree of a text. `mentioned`: who is named in it. */
export function formatted(text: string, mentioned: readonly Mentionable[] = []): Block[] {
  const blocks: Block[] = []
  let plain: string[] = []
  const flush = () => {
    if (plain.length > 0) blocks.push({ type: 'text', spans: spansOf(plain.join('\n'), mentioned) })
    plain = []
  }
  let at = 0
  let hasFence = true
  while (at <= text.length) {
    if (hasFence && text.startsWith('```', at)) {
      const close = text.indexOf('```', at + 3)
      const end = close + 3
      hasFence = close !== -1
      if (hasFence && close > at + 3 && (end === text.length || text[end] === '\n')) {
        flush()
        blocks.push({ type: 'code', text: text.slice(at + 3, close) })
        at = end + 1
        continue
      }
    }
    const newline = text.indexOf('\n', at)
    const line = text.slice(at, newline === -1 ? text.length : newline)
    at += line.length + 1
    const [mark, quote, bullet] = lineMark.exec(line) ?? []
    const rest = mark === undefined ? '' : line.slice(mark.length)
    if (mark === undefined || rest.trim() === '') {
      plain.push(line)
      continue
    }
    flush()
    const type = quote !== undefined ? 'quote' : bullet !== undefined ? 'bullets' : 'numbers'
    const item: Item = { mark, spans: spansOf(rest, mentioned) }
    const last = blocks.at(-1)
    if (last?.type === type) (last.items as Item[]).push(item)
    else blocks.push({ type, items: [item] })
  }
  flush()
  return blocks
}

/** The text again. */
export function sourceOf(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      if (block.type === 'text') return source(block.spans)
      if (block.type === 'code') return `\`\`\`${block.text}\`\`\``
      return block.items.map(({ mark, spans }) => mark + source(spans)).join('\n')
    })
    .join('\n')
}

function source(spans: readonly Span[]): string {
  return spans
    .map((span) =>
      'spans' in span
        ? span.mark + source(span.spans) + span.mark
        : span.type === 'code'
          ? span.mark + span.text + span.mark
          : span.text,
    )
    .join('')
}

/** Without the marks: for the list, quotes, and what is read aloud. */
export function plainText(text: string): string {
  if (!/[*_~`>]/u.test(text)) return text
  return formatted(text)
    .map((block) => {
      if (block.type === 'code') return block.text.trim()
      if (block.type === 'text') return words(block.spans)
      return block.items
        .map(({ mark, spans }) => (block.type === 'quote' ? '' : mark) + words(spans))
        .join('\n')
    })
    .join('\n')
}

function words(spans: readonly Span[]): string {
  return spans.map((span) => ('spans' in span ? words(span.spans) : span.text)).join('')
}

/** Where marks open and close: by the place of each, the place after what it opens; for code also how long it is. */
function pairsIn(text: string): Map<number, { close: number; mark: string }> {
  const pairs = new Map<number, { close: number; mark: string }>()
  const links = linkRanges(text)
  let link = 0
  let open: { mark: Mark; at: number }[] = []
  /** No further backtick on this line. */
  let codeless = -1
  for (let at = 0; at < text.length; at++) {
    while (link < links.length && (links[link]?.[1] ?? 0) <= at) link++
    if (at >= (links[link]?.[0] ?? text.length)) {
      at = (links[link]?.[1] ?? at + 1) - 1
      continue
    }
    const character = text.charAt(at)
    if (character === '\n') open = []
    else if (character === '`' && at > codeless) {
      const mark = text.startsWith('```', at) ? '```' : '`'
      const newline = text.indexOf('\n', at)
      const end = newline === -1 ? text.length : newline
      const found = text.slice(at + mark.length, end).indexOf(mark)
      if (found > 0) {
        const close = at + mark.length + found
        pairs.set(at, { close, mark })
        at = close + mark.length - 1
      } else codeless = mark === '`' || found === -1 ? end : at
    } else if (character in kinds) {
      const mark = character as Mark
      const [before, after] = [text.charAt(at - 1), text.charAt(at + 1)]
      const held = open.findIndex((one) => one.mark === mark)
      const opener = open[held]
      if (opener !== undefined && !isBlank(before) && !isWord(after) && at > opener.at + 1) {
        pairs.set(opener.at, { close: at, mark })
        open = open.slice(0, held)
      } else if (held === -1 && !isWord(before) && !isBlank(after) && after !== mark) open.push({ mark, at })
    }
  }
  return pairs
}

function spansOf(text: string, mentioned: readonly Mentionable[]): Span[] {
  const pairs = [...pairsIn(text)].sort(([a], [b]) => a - b)
  let next = 0
  const build = (from: number, to: number): Span[] => {
    const spans: Span[] = []
    let plain = from
    const flush = (end: number) => {
      if (end > plain) spans.push(...textParts(text.slice(plain, end), mentioned))
    }
    for (let pair = pairs[next]; pair !== undefined && pair[0] < to; pair = pairs[next]) {
      const [start, { close, mark }] = pair
      next += 1
      flush(start)
      const inner = start + mark.length
      if (mark in kinds)
        spans.push({ type: kinds[mark as Mark], mark: mark as Mark, spans: build(inner, close) })
      else spans.push({ type: 'code', mark, text: text.slice(inner, close) })
      plain = close + mark.length
    }
    flush(to)
    return spans
  }
  return build(0, text.length)
}
