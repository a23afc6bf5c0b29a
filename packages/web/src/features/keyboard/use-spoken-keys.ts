// How the keys of a shortcut are written for people: signs on a Mac, words elsewhere, in their language.
import { useI18n } from 'vue-i18n'

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)
const signs: Record<string, string> = { arrowup: '↑', arrowdown: '↓', arrowleft: '←', arrowright: '→' }
const apple: Record<string, string> = { mod: '⌘', alt: '⌥', shift: '⇧' }
const named = new Set(['mod', 'alt', 'shift', 'enter', 'escape', 'delete', 'end'])
/** A key that few keyboards still have: it works, but nobody is told of it. */
const unsaid = 'contextmenu'

export function useSpokenKeys() {
  const { t } = useI18n()
  function spoken(key: string): string {
    const sign = signs[key] ?? (isApple ? apple[key] : undefined)
    if (sign !== undefined) return sign
    return named.has(key) ? t(`keyboard.keys.${key}`) : key.toUpperCase()
  }
  /** The alternatives, each key by key: `? mod+/` is [['?'], ['Ctrl', '/']]. */
  return (keys: string): string[][] =>
    keys
      .split(' ')
      .filter((way) => way !== unsaid)
      // A plus sign is a key too.
      .map((way) => way.split(/\+(?!$)/).map((key) => spoken(key)))
}
