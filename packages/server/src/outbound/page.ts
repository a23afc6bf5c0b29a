// What a page says of itself in its head: its title, description and the name of its site (Open Graph first, as the pages
// mean it for cards). Nothing of it is believed: it comes out as short plain text.
import { Parser } from 'htmlparser2'

/** Characters of each; longer ones are cut. */
const longest = { title: 200, description: 300, site: 80 }

export interface PageWords {
  title: string
  /** Empty where the page gives none. */
  description: string
  site: string
}

/** In this order: the first that is there is taken. */
const sources = {
  title: ['og:title', 'twitter:title', '<title>'],
  description: ['og:description', 'twitter:description', 'description'],
  site: ['og:site_name', 'application-name'],
} as const
const wanted: ReadonlySet<string> = new Set(Object.values(sources).flat())

/** Null for a page without a title. `html` may be cut anywhere, and need not be HTML at all. */
export function readPage(html: string): PageWords | null {
  const found = new Map<string, string>()
  let title: string | null = null
  let isOver = false
  const keep = (name: string, value: string) => {
    if (wanted.has(name) && !found.has(name) && value.trim() !== '') found.set(name, value)
  }
  const parser = new Parser({
    onopentag(tag, attributes) {
      if (isOver) return
      // A drawing in the body has titles too.
      if (tag === 'body') isOver = true
      else if (tag === 'title') title ??= ''
      else if (tag === 'meta')
        keep((attributes.property ?? attributes.name ?? '').toLowerCase(), attributes.content ?? '')
    },
    ontext(text) {
      if (!isOver && title !== null && !found.has('<title>')) title += text
    },
    onclosetag(tag) {
      if (tag === 'title' && title !== null) keep('<title>', title)
      if (tag === 'head') isOver = true
    },
  })
  parser.write(html)
  parser.end()
  const words = (name: keyof typeof sources) => {
    const source = sources[name].find((key) => found.has(key))
    return source === undefined ? '' : plain(found.get(source) ?? '', longest[name])
  }
  const heading = words('title')
  if (heading === '') return null
  return { title: heading, description: words('description'), site: words('site') }
}

/** One line, without what deceives the eye (SEC-34): controls, what turns the direction, towers of marks. */
function plain(text: string, max: number): string {
  const line = text
    // Room for what is taken out below; the rest of a whole book is not looked at.
    .slice(0, max * 8)
    .normalize('NFC')
    .replace(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
    .trim()
  if (line.length <= max) return line
  // Not through the middle of a character beyond the first plane.
  return `${line
    .slice(0, max - 1)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`
}
