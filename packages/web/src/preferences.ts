// What this person chose for this browser: kept in localStorage under the seed's key `user_preferences`.
// What is read is checked field by field: a broken value falls back alone. `/theme.js` reads the same key at start.
import { defineStore } from 'pinia'
import { computed, reactive, ref, watch } from 'vue'
import { languageOf, languages, type Language } from './i18n.ts'

const key = 'user_preferences'

/** Of the list of conversations, in pixels. */
export const listWidths = { min: 320, usual: 384, max: 480 } as const

type Accepts<T> = (value: unknown) => value is T
const isTruth = (value: unknown): value is boolean => typeof value === 'boolean'
function oneOf<T extends string>(...words: readonly T[]): Accepts<T> {
  return (value): value is T => words.some((word) => word === value)
}
function field<T>(usual: T, accepts: Accepts<T>) {
  return (value: unknown): T => (accepts(value) ? value : usual)
}

/** Each by itself: a broken value falls back alone. */
const fields = {
  theme: field('system', oneOf('system', 'light', 'dark')),
  /** `system`: what the browser asks for. */
  language: field('system', oneOf('system', ...languages)),
  notifications: field(false, isTruth),
  /** What notifications show. A text on a lock screen is everybody's to read. */
  notificationPreview: field('sender', oneOf('all', 'sender', 'none')),
  /** Whether to tell of messages was asked once. */
  isNotificationAsked: field(false, isTruth),
  sound: field(false, isTruth),
  /** Enter sends; else Enter breaks the line and Ctrl+Enter sends. */
  enterSends: field(true, isTruth),
  /** Pixels; null: as wide as the design has it. */
  listWidth: field<number | null>(
    null,
    (value): value is number =>
      Number.isInteger(value) && Number(value) >= listWidths.min && Number(value) <= listWidths.max,
  ),
  isInfoOpen: field(false, isTruth),
  /** The browser was asked to keep what this app stores. */
  isStorageAsked: field(false, isTruth),
}
export type Preferences = { [K in keyof typeof fields]: ReturnType<(typeof fields)[K]> }

/** The preferences in this text; defaults for whatever is missing or wrong. */
function parsePreferences(text: string | null): Preferences {
  const read = objectIn(text)
  return Object.fromEntries(
    Object.entries(fields).map(([name, parse]) => [name, parse(read[name])]),
  ) as Preferences
}

function objectIn(text: string | null): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text ?? '{}')
    return typeof read === 'object' && read !== null ? { ...read } : {}
  } catch {
    return {}
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
