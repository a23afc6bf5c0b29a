// The moments that one is offered, and what a day-and-time field holds. Pure, in the time zone of the device.
const hourMs = 3_600_000
const evening = 18
const morning = 8

export type Moment = 'hour' | 'evening' | 'tomorrow' | 'monday'

/** Only those to come, each at another time. */
export function momentsAt(now: number): Record<Moment, number | null> {
  const at = (days: number, hour: number): number => {
    const day = new Date(now)
    day.setDate(day.getDate() + days)
    return day.setHours(hour, 0, 0, 0)
  }
  const weekday = new Date(now).getDay()
  // On Sundays Monday is tomorrow.
  const toMonday = (8 - weekday) % 7 || 7
  const tonight = at(0, evening)
  return {
    hour: now + hourMs,
    evening: tonight > now + hourMs ? tonight : null,
    tomorrow: at(1, morning),
    monday: toMonday === 1 ? null : at(toMonday, morning),
  }
}

/** As the field writes it: local, to the minute. */
export function fieldOf(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

/** Null: nothing was given, or half of it. */
export function timeOf(field: string): number | null {
  const at = new Date(field).getTime()
  return Number.isNaN(at) ? null : at
}
