// The words of the interface. Each language is one chunk: our own words, and each feature's under its folder's name.
// vue-i18n interprets its messages (no code is made from strings), as the page's policy asks.
import { createI18n } from 'vue-i18n'

export const languages = ['en', 'fr', 'ar'] as const
export type Language = (typeof languages)[number]
export const languageNames: Record<Language, string> = { en: 'English', fr: 'Français', ar: 'العربية' }

const loaders: Record<Language, () => Promise<{ words: Record<string, never> }>> = {
  en: () => import('./locales/en.ts'),
  fr: () => import('./locales/fr.ts'),
  ar: () => import('./locales/ar.ts'),
}

/** The language of a tag such as `fr-CA`; English for those that are not spoken here. */
export function languageOf(tag: string): Language {
  const primary = tag.toLowerCase().split('-', 1)[0]
  return languages.find((language) => language === primary) ?? 'en'
}

/** Tells the page which language it shows, and so in which direction it is laid out. */
export function showLanguage(language: Language): void {
  document.documentElement.lang = language
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr'
}

/** The words of a feature, language by language. */
export type FeatureWords = Record<Language, () => Promise<{ default: object }>>

const later = new Map<string, FeatureWords>()
let started: ReturnType<typeof create> | null = null

/**
 * The words of a feature whose screens come later: loaded with them, so that the first picture does not wait for
 * words that it does not show. Resolves when they are there in the languages that are.
 */
export async function addWords(name: string, loaders: FeatureWords): Promise<void> {
  if (started === null || later.has(name)) return
  later.set(name, loaders)
  const { availableLocales, mergeLocaleMessage } = started.global
  await Promise.all(
    availableLocales.map(async (tag) => {
      const words = await loaders[languageOf(tag)]()
      mergeLocaleMessage(tag, { [name]: words.default })
    }),
  ).catch((error: unknown) => {
    later.delete(name)
    throw error
  })
}

/** A word for who draws nothing: as the language is now. */
export function wordOf(key: string): string {
  return started?.global.t(key) ?? ''
}

/** Starts with one language, whose words are loaded already. */
export function createWords(language: Language, words: Record<string, never>) {
  showLanguage(language)
  const made = create(language, words)
  started = made
  return made
}

function create(language: Language, words: Record<string, never>) {
  return createI18n({
    legacy: false,
    locale: language,
    messages: { [language]: words },
    missingWarn: import.meta.env.DEV,
    fallbackWarn: false,
    // Forms are "one | many" or "none | one | many"; in French nought is singular. Arabic has six: none, one, two,
    // a few (3 to 10), many (11 to 99), and hundreds.
    pluralRules: {
      ar: (count: number, forms: number) => {
        const rest = count % 100
        return count < 3 || forms < 6 ? Math.min(count, forms - 1) : rest < 3 ? 5 : rest < 11 ? 3 : 4
      },
      fr: (count: number, forms: number) => (forms === 3 ? Math.min(count, 2) : count < 2 ? 0 : 1),
    },
  })
}

/** The words of a language: one chunk, fetched once; and those of the features whose words came later. */
export async function loadWords(language: Language): Promise<Record<string, never>> {
  const { words } = await loaders[language]()
  if (later.size === 0) return words
  const more = [...later].map(async ([name, words]) => [name, (await words[language]()).default] as const)
  return { ...words, ...(Object.fromEntries(await Promise.all(more)) as Record<string, never>) }
}
