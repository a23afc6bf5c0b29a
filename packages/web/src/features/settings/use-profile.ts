// One's own profile as a form: kept apart from what the server has until it is saved.
import { About, DisplayName } from '@palabre/protocol'
import { computed, reactive, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { client, useObservable } from '../../client.ts'
import { useToast } from '../../design/use-toast.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'

export function useProfile() {
  const { t } = useI18n()
  const toast = useToast()
  const { sentenceOf } = useErrorSentence()
  const me = useObservable(client.me)
  const fields = reactive({ displayName: '', about: '' })
  const wrong = reactive({ displayName: '', about: '' })
  const failure = ref('')
  const isBusy = ref(false)

  const isChanged = computed(
    () => fields.displayName !== me.value?.displayName || fields.about !== me.value.about,
  )
  watch(
    me,
    (user, before) => {
      if (user === null) return
      // Changed on another device: what is being written here stays.
      if (fields.displayName === (before?.displayName ?? '')) fields.displayName = user.displayName
      if (fields.about === (before?.about ?? '')) fields.about = user.about
    },
    { immediate: true },
  )

  async function save(): Promise<void> {
    if (isBusy.value || !isChanged.value) return
    wrong.displayName = DisplayName.safeParse(fields.displayName).success
      ? ''
      : t(fields.displayName.trim() === '' ? 'auth.wrong.nameMissing' : 'auth.wrong.nameHidden')
    wrong.about = About.safeParse(fields.about).success ? '' : t('settings.profile.aboutHidden')
    failure.value = ''
    if (wrong.displayName !== '' || wrong.about !== '') return
    isBusy.value = true
    try {
      const user = await client.auth.updateMe({ displayName: fields.displayName, about: fields.about })
      fields.displayName = user.displayName
      fields.about = user.about
      toast.show(t('settings.profile.saved'))
    } catch (error) {
      failure.value = sentenceOf(error)
    } finally {
      isBusy.value = false
    }
  }

  return { me, fields, wrong, failure, isBusy, isChanged, save }
}
