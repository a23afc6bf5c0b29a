// Error codes in people's languages. A language is added by a file beside this one and a line here.
import type { ErrorCode } from '../errors.ts'
import { ar } from './ar.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'

/** One language alone, for whoever loads languages as they are wanted. */
export { ar as arabicSentences } from './ar.ts'
export { en as englishSentences } from './en.ts'
export { fr as frenchSentences } from './fr.ts'

const sentences = { en, fr, ar } as const satisfies Record<string, Record<ErrorCode, string>>

export type Language = keyof typeof sentences
export const languages = Object.keys(sentences) as readonly Language[]

/** The sentence for a person; `language` is a tag such as `fr-CA`, and English serves for unknown ones. */
export function errorSentence(code: ErrorCode, language: string): string {
  return sentences[languageOf(language)][code]
}

/** The best of our languages for a tag or an `Accept-Language` header (its order is taken, its weights are not). */
export function languageOf(accepted: string): Language {
  for (const tag of accepted.split(',')) {
    const primary = tag.trim().slice(0, 2).toLowerCase()
    const known = languages.find((language) => language === primary)
    if (known !== undefined) return known
  }
  return 'en'
}
