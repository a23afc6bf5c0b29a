// Says any failure in a sentence: the protocol's for its codes, our own when the server could not be reached.
import { PalabreError, type ErrorCode } from '@palabre/protocol'
import { shallowReactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { languageOf, type Language } from './i18n.ts'

type Sentences = Record<ErrorCode, string>
const loaders: Record<Language, () => Promise<{ sentences: Sentences }>> = {
  en: () => import('./locales/sentences-en.ts'),
  fr: () => import('./locales/sentences-fr.ts'),
  ar: () => import('./locales/sentences-ar.ts'),
}
const loaded = shallowReactive<Partial<Record<Language, Sentences>>>({})

async function load(language: Language): Promise<void> {
  loaded[language] ??= (await loaders[language]()).sentences
}

const minuteMs = 60_000

export function useErrorSentence() {
  const { t, locale } = useI18n()
  void load(languageOf(locale.value)).catch(() => undefined)

  /** For a thrown thing. */
  function sentenceOf(error: unknown): string {
    if (!(error instanceof PalabreError)) return t('error.unreachable')
    if (error.code === 'RATE_LIMITED' && error.retryAfterMs !== undefined) {
      const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1_000))
      return error.retryAfterMs < minuteMs
        ? t('error.tooManySeconds', { n: seconds }, seconds)
        : t(
            'error.tooManyMinutes',
            { n: Math.ceil(error.retryAfterMs / minuteMs) },
            Math.ceil(error.retryAfterMs / minuteMs),
          )
    }
    return sentenceOfCode(error.code)
  }

  /** For a code that is part of a state. */
  function sentenceOfCode(code: ErrorCode): string {
    const language = languageOf(locale.value)
    const sentences = loaded[language]
    if (sentences) return sentences[code]
    // On their way; where they cannot come, nothing else does.
    void load(language).catch(() => undefined)
    return t('error.unreachable')
  }

  return { sentenceOf, sentenceOfCode }
}

/** The stable code of a thrown thing; null when the server was not reached. */
export function codeOf(error: unknown): ErrorCode | null {
  return error instanceof PalabreError ? error.code : null
}
