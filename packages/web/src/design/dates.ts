// How a moment, a number and a list of names are written (UI.md §8). Pure: language and present are given.
// Days are the reader's own calendar days, so that "yesterday" changes at midnight and not after 24 hours.

const dayMs = 24 * 3_600_000

/** Midnights between two moments: 0 today, 1 yesterday, negative for the future. */
function daysBetween(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / dayMs)
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

function isThisYear(at: number, now: number): boolean {
  return new Date(at).getFullYear() === new Date(now).getFullYear()
}

const formats = new Map<string, Intl.DateTimeFormat>()
function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options)
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, options)
  formats.set(key, known)
  return known
}

/**
 * The reader's own kind of a language, if the browser names one: `en` → `en-GB`, whose day has 24 hours. Arabic with
 * the digits 0 to 9, which are those of the sentences around.
 */
export function regional(language: string, wanted: readonly string[]): string {
  const tag = wanted.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language
  return language === 'ar' ? `${tag.split('-u-', 1)[0] ?? tag}-u-nu-latn` : tag
}

/** Inside a bubble: 18:02. */
export function formatTime(at: number, language: string): string {
  return format(language, { timeStyle: 'short' }).format(at)
}

/** The whole of it, for a tip: Saturday, November 21, 2026 at 6:02 PM. */
export function formatFull(at: number, language: string): string {
  return format(language, { dateStyle: 'full', timeStyle: 'short' }).format(at)
}

/** In a row: 09:42 · Yesterday · Sat · 18/11. */
export function formatRow(at: number, now: number, language: string): string {
  const days = daysBetween(at, now)
  if (days <= 0) return formatTime(at, language)
  if (days === 1) return capital(relativeDay(-1, language), language)
  if (days < 7) return format(language, { weekday: 'short' }).format(at)
  if (!isThisYear(at, now)) return format(language, { dateStyle: 'short' }).format(at)
  return format(
    language,
    language.startsWith('fr') ? { day: '2-digit', month: '2-digit' } : { day: 'numeric', month: 'numeric' },
  ).format(at)
}

/** Between two days: Today · Yesterday · Saturday · 18 November · 18 November 2025. */
export function formatDay(at: number, now: number, language: string): string {
  const days = daysBetween(at, now)
  if (days === 0 || days === 1) return capital(relativeDay(-days, language), language)
  if (days > 1 && days < 7) return capital(format(language, { weekday: 'long' }).format(at), language)
  const options: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long' }
  return format(language, isThisYear(at, now) ? options : { ...options, year: 'numeric' }).format(at)
}

/** How long ago, for "last seen": "now", "5 min. ago" under an hour, then as in a row. Inside a sentence: no capital. */
export function formatAgo(at: number, now: number, language: string): string {
  const minutes = Math.max(0, Math.floor((now - at) / 60_000))
  if (minutes < 1) return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(0, 'second')
  if (minutes < 60) {
    return new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' }).format(
      -minutes,
      'minute',
    )
  }
  const days = daysBetween(at, now)
  if (days <= 0) return formatTime(at, language)
  if (days === 1) return `${relativeDay(-1, language)} ${formatTime(at, language)}`
  if (days < 7) return format(language, { weekday: 'long' }).format(at)
  const options: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long' }
  return format(language, isThisYear(at, now) ? options : { ...options, year: 'numeric' }).format(at)
}

/** Milliseconds until the next midnight of the reader. */
export function untilMidnight(now: number): number {
  return new Date(now).setHours(24, 0, 0, 0) - now
}

export function formatNumber(value: number, language: string): string {
  const isLong = value >= 10_000
  return new Intl.NumberFormat(language, isLong ? { notation: 'compact' } : {}).format(value)
}

/** "Awa, Moussa and Paul". */
export function formatList(names: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(names)
}

function relativeDay(days: number, language: string): string {
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day')
}

function capital(text: string, language: string): string {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1)
}
