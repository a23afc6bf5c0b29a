// The formats of `dates.ts` in the interface's language, drawn again when the day or (for "last seen") the minute turns.
import { computed, readonly, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  formatAgo,
  formatDay,
  formatFull,
  formatList,
  formatNumber,
  formatRow,
  formatTime,
  regional,
  untilMidnight,
} from './dates.ts'

const minuteMs = 60_000
/** Grows at every midnight and whenever the page is looked at again: rows re-date without a reload. */
const today = ref(Date.now())
const minute = ref(Date.now())
let isTicking = false

function tick(): void {
  if (isTicking) return
  isTicking = true
  const turnDay = (): void => {
    today.value = Date.now()
    setTimeout(turnDay, untilMidnight(Date.now()) + 1_000)
  }
  turnDay()
  setInterval(() => (minute.value = Date.now()), minuteMs)
  document.addEventListener('visibilitychange', () => {
    today.value = minute.value = Date.now()
  })
}

/** All take milliseconds since 1970. Call inside a template or a computed: they depend on language and present. */
export function useDates() {
  tick()
  const words = useI18n()
  const locale = computed(() => regional(words.locale.value, navigator.languages))
  return {
    /** For what else is written by language: sizes, speeds, places. */
    locale,
    today: readonly(today),
    time: (at: number) => formatTime(at, locale.value),
    full: (at: number) => formatFull(at, locale.value),
    row: (at: number) => formatRow(at, today.value, locale.value),
    day: (at: number) => formatDay(at, today.value, locale.value),
    ago: (at: number) => formatAgo(at, minute.value, locale.value),
    number: (value: number) => formatNumber(value, locale.value),
    list: (names: readonly string[]) => formatList(names, locale.value),
  }
}
