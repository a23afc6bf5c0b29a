// The emoji one can choose: from the package's data to categories, names and a search in two languages. Pure.

/** One row of `emoji-picker-element-data`, as far as it is used here. */
export interface EmojiSource {
  readonly emoji: string
  readonly annotation: string
  readonly tags?: readonly string[]
  readonly shortcodes?: readonly string[]
  readonly group: number
  readonly order: number
  readonly version: number
}

export interface Emoji {
  readonly emoji: string
  readonly name: string
  readonly category: EmojiCategory
}

export const emojiCategories = [
  'faces',
  'nature',
  'food',
  'activities',
  'travel',
  'objects',
  'symbols',
  'flags',
] as const
export type EmojiCategory = (typeof emojiCategories)[number]

/** The groups of Unicode's CLDR; 2 is made of components that nobody sends alone. */
const categoryOf: Record<number, EmojiCategory> = {
  0: 'faces',
  1: 'faces',
  3: 'nature',
  4: 'food',
  5: 'travel',
  6: 'activities',
  7: 'objects',
  8: 'symbols',
  9: 'flags',
}

/** Newer ones are still boxes on many devices. */
const newestVersion = 15

export interface EmojiIndex {
  readonly all: readonly Emoji[]
  byCategory(category: EmojiCategory): readonly Emoji[]
  nameOf(emoji: string): string
  /** Best first; every word of the query must begin a word of the name or of a tag, in either language. */
  search(query: string, limit: number): readonly Emoji[]
}

/** `own` is in the interface's language and gives the names; `other` only helps the search. */
export function createEmojiIndex(own: readonly EmojiSource[], other: readonly EmojiSource[]): EmojiIndex {
  const others = new Map(other.map((source) => [source.order, source]))
  const entries = own
    .filter((source) => source.version <= newestVersion && source.group in categoryOf)
    .sort((a, b) => a.group - b.group || a.order - b.order)
    .map((source) => {
      const twin = others.get(source.order)
      const names = words([source.annotation, ...(twin ? [twin.annotation] : [])])
      const tags = words([
        ...(source.tags ?? []),
        ...(source.shortcodes ?? []),
        ...(twin?.tags ?? []),
        ...(twin?.shortcodes ?? []),
      ])
      const emoji: Emoji = {
        emoji: source.emoji,
        name: source.annotation,
        category: categoryOf[source.group] ?? 'symbols',
      }
      return { emoji, names, tags }
    })
  const all = entries.map((entry) => entry.emoji)
  const names = new Map(all.map((one) => [bare(one.emoji), one.name]))

  return {
    all,
    byCategory: (category) => all.filter((one) => one.category === category),
    nameOf: (emoji) => names.get(bare(emoji)) ?? emoji,
    search(query, limit) {
      const asked = words([query])
      if (asked.length === 0) return []
      const score = (entry: (typeof entries)[number]): number => {
        let sum = 0
        for (const word of asked) {
          if (entry.names.includes(word)) sum += 0
          else if (entry.names.some((name) => name.startsWith(word))) sum += 1
          else if (entry.tags.includes(word)) sum += 2
          else if (entry.tags.some((tag) => tag.startsWith(word))) sum += 3
          else return -1
        }
        return sum
      }
      return entries
        .map((entry) => ({ emoji: entry.emoji, score: score(entry) }))
        .filter((hit) => hit.score >= 0)
        .sort((a, b) => a.score - b.score)
        .slice(0, limit)
        .map((hit) => hit.emoji)
    },
  }
}

/** Without the variation selector, which different tables write differently. */
function bare(emoji: string): string {
  return emoji.replaceAll('\uFE0F', '')
}

/** Lower case, without accents: "cœur" is found as "coeur", "fête" as "fete". */
function words(texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    text
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll('œ', 'oe')
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== ''),
  )
}

/** The newest first, each once, at most `limit`. */
export function withRecent(recent: readonly string[], emoji: string, limit: number): string[] {
  return [emoji, ...recent.filter((one) => one !== emoji)].slice(0, limit)
}
