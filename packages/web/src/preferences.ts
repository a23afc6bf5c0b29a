// What this person chose for this browser: kept in localStorage under the seed's key `user_preferences`.
// What is read is checked field by field: a broken value falls back alone. `/theme.js` reads the same key at start.
import { defineStore } from 'pinia'
import { computed, reactive, ref, watch } from 'vue'
import { z } from 'zod'
import { languageOf, type Language } from './i18n.ts'

const key = 'user_preferences'

/** Of the list of conversations, in pixels. */
export const listWidths = { min: 320, usual: 384, max: 480 } as const

const Preferences = z.object({
  theme: z.enum(['system', 'light', 'dark']).catch('system'),
  /** `system`: what the browser asks for. */
  language: z.enum(['system', 'en', 'fr']).catch('system'),
  notifications: z.boolean().catch(false),
  notificationText: z.boolean().catch(true),
  sound: z.boolean().catch(false),
  /** Enter sends; else Enter breaks the line and Ctrl+Enter sends. */
  enterSends: z.boolean().catch(true),
  /** Pixels; null: as wide as the design has it. */
  listWidth: z.number().int().min(listWidths.min).max(listWidths.max).nullable().catch(null),
  isInfoOpen: z.boolean().catch(false),
  /** The browser was asked to keep what this app stores. */
  isStorageAsked: z.boolean().catch(false),
})
export type Preferences = z.infer<typeof Preferences>

/** The preferences in this text; defaults for whatever is missing or wrong. */
function parsePreferences(text: string | null): Preferences {
  try {
    return Preferences.parse(JSON.parse(text ?? '{}'))
  } catch {
    return Preferences.parse({})
  }
}

export const usePreferences = defineStore('preferences', () => {
  const values = reactive(parsePreferences(localStorage.getItem(key)))
  const systemIsDark = ref(matchMedia('(prefers-color-scheme: dark)').matches)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
    systemIsDark.value = event.matches
  })
  // Another tab changed them.
  addEventListener('storage', (event) => {
    if (event.key === key || event.key === null) Object.assign(values, parsePreferences(event.newValue))
  })

  const isDark = computed(() => values.theme === 'dark' || (values.theme === 'system' && systemIsDark.value))
  const shownLanguage = computed<Language>(() =>
    values.language === 'system' ? languageOf(navigator.language) : values.language,
  )

  watch(values, () => {
    localStorage.setItem(key, JSON.stringify(values))
  })
  watch(isDark, paintTheme, { immediate: true })

  return { values, isDark, shownLanguage }
})

function paintTheme(isDark: boolean): void {
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light'
  const color = document.querySelector('meta[name="theme-color"]')
  color?.setAttribute('content', isDark ? '#161926' : '#fbfbfd')
}
