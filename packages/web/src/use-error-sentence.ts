// Says any failure in a sentence: the protocol's for its codes, our own when the server could not be reached.
import { PalabreError, type ErrorCode } from '@palabre/protocol'
import { useI18n } from 'vue-i18n'
import { sentencesKey } from './locales/merge.ts'

const minuteMs = 60_000

export function useErrorSentence() {
  const { t, tm } = useI18n()

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
    const sentences: unknown = tm(sentencesKey)
    return (sentences as Record<ErrorCode, string>)[code]
  }

  return { sentenceOf, sentenceOfCode }
}

/** The stable code of a thrown thing; null when the server was not reached. */
export function codeOf(error: unknown): ErrorCode | null {
  return error instanceof PalabreError ? error.code : null
}
