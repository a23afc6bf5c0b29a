// Changing one's password: the old one, a new one that is long enough, and whether the other devices stay signed in.
import { limits } from '@palabre/protocol'
import { nextTick, reactive, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { codeOf, useErrorSentence } from '../../use-error-sentence.ts'

export function usePassword(form: () => HTMLElement | null) {
  const { t } = useI18n()
  const toast = useToast()
  const { sentenceOf } = useErrorSentence()
  const fields = reactive({ password: '', newPassword: '' })
  const wrong = reactive({ password: '', newPassword: '' })
  const endsOthers = ref(true)
  const isBusy = ref(false)

  async function save(): Promise<void> {
    if (isBusy.value) return
    wrong.password = fields.password === '' ? t('auth.wrong.passwordMissing') : ''
    wrong.newPassword =
      [...fields.newPassword].length < limits.passwordMin ? t('auth.wrong.passwordShort') : ''
    if (wrong.password === '' && wrong.newPassword === '') {
      isBusy.value = true
      try {
        const { ended } = await client.call('changePassword', { ...fields, endsOthers: endsOthers.value })
        fields.password = fields.newPassword = ''
        toast.show(t('accounts.password.changed', { n: ended }, ended))
        return
      } catch (error) {
        wrong[codeOf(error) === 'PASSWORD_WEAK' ? 'newPassword' : 'password'] = sentenceOf(error)
      } finally {
        isBusy.value = false
      }
    }
    await nextTick()
    form()?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }

  return { fields, wrong, endsOthers, isBusy, save }
}
