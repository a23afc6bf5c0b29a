// Keeps the words in step with the chosen language. Used once, by `App.vue`.
import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { client } from './client.ts'
import { loadWords, showLanguage } from './i18n.ts'
import { usePreferences } from './preferences.ts'

export function useAppLanguage(): void {
  const preferences = usePreferences()
  const { t, locale, setLocaleMessage, availableLocales } = useI18n({ useScope: 'global' })
  watch(() => t('list.notes'), client.conversations.nameNotes, { immediate: true })
  watch(
    () => preferences.shownLanguage,
    async (language) => {
      if (!availableLocales.includes(language)) setLocaleMessage(language, await loadWords(language))
      locale.value = language
      showLanguage(language)
    },
  )
}
