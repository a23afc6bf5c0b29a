// The emoji table of this language, fetched from our own files when the picker first opens, and the recent ones.
import { shallowRef, type Ref } from 'vue'
import { createEmojiIndex, withRecent, type EmojiIndex, type EmojiSource } from './emoji-index.ts'

const recentKey = 'emoji_recent'
/** Two lines of the grid. */
const recentMost = 16

const files = {
  en: () => import('emoji-picker-element-data/en/cldr/data.json?url'),
  fr: () => import('emoji-picker-element-data/fr/cldr/data.json?url'),
}
type Locale = keyof typeof files
const tables = new Map<Locale, Promise<EmojiSource[]>>()

function table(locale: Locale): Promise<EmojiSource[]> {
  let known = tables.get(locale)
  if (known === undefined) {
    known = files[locale]()
      .then((file) => fetch(file.default))
      .then((answer) => {
        if (!answer.ok) throw new Error(`emoji table: ${answer.status}`)
        return answer.json() as Promise<EmojiSource[]>
      })
    known.catch(() => tables.delete(locale))
    tables.set(locale, known)
  }
  return known
}

/** The index for an interface language; rejects when its files cannot be fetched. */
export async function loadEmoji(language: string): Promise<EmojiIndex> {
  const own: Locale = language.startsWith('fr') ? 'fr' : 'en'
  const [mine, other] = await Promise.all([table(own), table(own === 'fr' ? 'en' : 'fr')])
  return createEmojiIndex(mine, other)
}

/** The ones chosen last in this browser, newest first. */
export function useRecentEmoji(): { recent: Readonly<Ref<readonly string[]>>; add(emoji: string): void } {
  const recent = shallowRef<readonly string[]>(readRecent())
  return {
    recent,
    add(emoji) {
      const now = withRecent(readRecent(), emoji, recentMost)
      localStorage.setItem(recentKey, JSON.stringify(now))
    },
  }
}

function readRecent(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(recentKey) ?? '[]')
    return Array.isArray(stored) ? stored.filter((one) => typeof one === 'string').slice(0, recentMost) : []
  } catch {
    return []
  }
}
