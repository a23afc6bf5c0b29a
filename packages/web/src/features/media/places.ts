// A place in the forms that people and maps read. Pure.
import type { Place } from '@palabre/protocol'

/** Six decimals are a hand's breadth. */
const decimals = 6
const shownDecimals = 5

/** RFC 5870, with the uncertainty where it is known. */
export function geoLink({ latitude, longitude, accuracy }: Place): string {
  const at = `${latitude.toFixed(decimals)},${longitude.toFixed(decimals)}`
  return accuracy === null ? `geo:${at}` : `geo:${at};u=${Math.round(accuracy)}`
}

/** 48.85837° N, 2.29448° E. */
export function spokenPlace({ latitude, longitude }: Place, language: string): string {
  const format = new Intl.NumberFormat(language, {
    minimumFractionDigits: shownDecimals,
    maximumFractionDigits: shownDecimals,
  })
  const [north, south, east, west] = winds(language)
  return `${format.format(Math.abs(latitude))}° ${latitude < 0 ? south : north}, ${format.format(Math.abs(longitude))}° ${longitude < 0 ? west : east}`
}

function winds(language: string): readonly [string, string, string, string] {
  if (language.startsWith('ar')) return ['شمالًا', 'جنوبًا', 'شرقًا', 'غربًا']
  return ['N', 'S', 'E', language.startsWith('fr') ? 'O' : 'W']
}
