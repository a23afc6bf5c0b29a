// Numbers as an operator reads them, in the interface's language.
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

export function useFigures() {
  const { locale } = useI18n()
  const number = computed(() => new Intl.NumberFormat(locale.value, { maximumFractionDigits: 1 }))

  return {
    number: (value: number) => number.value.format(value),
    bytes(value: number): string {
      const step = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3))
      return new Intl.NumberFormat(locale.value, {
        style: 'unit',
        unit: units[step] ?? 'byte',
        maximumFractionDigits: 1,
      }).format(value / 1_000 ** step)
    },
    percent: (value: number) =>
      new Intl.NumberFormat(locale.value, { style: 'percent', maximumFractionDigits: 1 }).format(value),
  }
}
