// The sentence for what went wrong: a code's own, or that the server cannot be reached.
import { errorSentence, PalabreError, type ErrorCode } from '@palabre/protocol'
import { useI18n } from 'vue-i18n'

export function useErrorText() {
  const { t, locale } = useI18n()
  return {
    /** `null`: never got an answer. */
    ofCode: (code: ErrorCode | null): string =>
      code === null ? t('messages.unreachable') : errorSentence(code, locale.value),
    ofError: (error: unknown): string =>
      error instanceof PalabreError ? errorSentence(error.code, locale.value) : t('messages.unreachable'),
  }
}
