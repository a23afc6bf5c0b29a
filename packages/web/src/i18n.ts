// The words of the interface. Each language is one chunk: our own words, and each feature's under its folder's name.
// vue-i18n interprets its messages (no code is made from strings), as the page's policy asks.
import { createI18n } from 'vue-i18n'

export const languages = ['en', 'fr'] as const
export type Language = (typeof languages)[number]
export const languageNames: Record<Language, string> = { en: 'English', fr: 'Français' }

const loaders: Record<Language, () => Promise<{ words: Record<string, never> }>> = {
  en: () => import('./locales/en.ts'),
  fr: () => import('./locales/fr.ts'),
}

/** French for anyone who asks for French, English for all others. */
export function languageOf(tag: string): Language {
  return tag.toLowerCase().startsWith('fr') ? 'fr' : 'en'
}

/** Starts with one language, whose words are loaded already. */
export function createWords(language: Language, words: Record<string, never>) {
  document.documentElement.lang = language
  return createI18n({
    legacy: false,
    locale: language,
    messages: { [language]: words },
    missingWarn: import.meta.env.DEV,
    fallbackWarn: false,
    // Forms are "one | many" or "none | one | many"; in French nought is singular.
    pluralRules: {
      fr: (count: number, forms: number) => (forms === 3 ? Math.min(count, 2) : count < 2 ? 0 : 1),
    },
  })
}

/** The words of a language: one chunk, fetched once. */
export async function loadWords(language: Language): Promise<Record<string, never>> {
  return (await loaders[language]()).words
}
