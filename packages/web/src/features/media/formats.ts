// Lengths and sizes of media in few signs. Pure.

const second = 1_000

/** 0:07, 12:30, 1:02:03. */
export function formatLength(ms: number): string {
  const all = Math.round(ms / second)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes, seconds] = [Math.floor(all / 3_600), Math.floor(all / 60) % 60, all % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** 1.2 MB, in the reader's language. */
export function formatBytes(bytes: number, language: string): string {
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3))
  const value = bytes / 1_000 ** step
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[step],
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value)
}

/** The letters after the last dot, as one knows a file by; empty where there are none. */
export function extensionOf(name: string): string {
  return /\.([\p{L}\p{N}]{1,5})$/u.exec(name)?.[1]?.toUpperCase() ?? ''
}
