// Deleting one's own account: the choice, the password, and what happens to this browser afterwards (as after signing out).
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { client, useObservable } from '../../client.ts'
import { useDates } from '../../design/use-dates.ts'
import { useToast } from '../../design/use-toast.ts'
import { codeOf, useErrorSentence } from '../../use-error-sentence.ts'
import { useShell } from '../../use-shell.ts'
import { wipeCaches } from '../../wipe-caches.ts'

const choices = ['keep', 'erase'] as const

export function useDeleting() {
  const { t } = useI18n()
  const router = useRouter()
  const shell = useShell()
  const toast = useToast()
  const dates = useDates()
  const { sentenceOf } = useErrorSentence()
  const waiting = useObservable(client.waiting)
  const password = ref('')
  const messages = ref<(typeof choices)[number]>('keep')
  const wrong = ref('')
  const failure = ref('')
  const isBusy = ref(false)

  async function submit(): Promise<void> {
    if (isBusy.value) return
    wrong.value = password.value === '' ? t('own.delete.passwordMissing') : ''
    failure.value = ''
    if (wrong.value !== '') return
    isBusy.value = true
    try {
      const eraseAt = await client.auth.deleteMe({ password: password.value, messages: messages.value })
      await wipeCaches()
      shell.lastConversationId = null
      await router.replace({ name: 'sign-in' })
      toast.show(t('own.delete.done', { when: dates.full(eraseAt) }))
    } catch (error) {
      if (codeOf(error) === 'CREDENTIALS_WRONG') wrong.value = sentenceOf(error)
      else failure.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  return { password, messages, choices, wrong, failure, waiting, isBusy, submit }
}
