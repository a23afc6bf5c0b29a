// A new password for a code: the fields, what is wrong with them, and what the server says.
import { limits } from '@palabre/protocol'
import { nextTick, reactive, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { codeOf, useErrorSentence } from '../../use-error-sentence.ts'
import { cleanUsername } from './check-registration.ts'

export function useReset(form: () => HTMLElement | null) {
  const { t } = useI18n()
  const { sentenceOf } = useErrorSentence()
  const fields = reactive({ username: '', code: '', newPassword: '' })
  const wrong = reactive({ username: '', code: '', newPassword: '' })
  const formError = ref('')
  const isBusy = ref(false)
  const isDone = ref(false)

  async function submit(): Promise<void> {
    if (isBusy.value) return
    formError.value = ''
    wrong.username = fields.username.trim() === '' ? t('auth.wrong.usernameMissing') : ''
    wrong.code = fields.code.trim() === '' ? t('accounts.reset.codeMissing') : ''
    wrong.newPassword =
      [...fields.newPassword].length < limits.passwordMin ? t('auth.wrong.passwordShort') : ''
    if (Object.values(wrong).every((text) => text === '')) {
      isBusy.value = true
      try {
        await client.call('resetPassword', { ...fields, username: cleanUsername(fields.username) })
        isDone.value = true
        return
      } catch (error) {
        if (codeOf(error) === 'PASSWORD_WEAK') wrong.newPassword = sentenceOf(error)
        else formError.value = sentenceOf(error)
      } finally {
        isBusy.value = false
      }
    }
    await nextTick()
    form()?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }

  return { fields, wrong, formError, isBusy, isDone, submit }
}
