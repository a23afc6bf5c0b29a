// A timer in words: the three usual ones, or a number of days or hours.
const hour = 60 * 60_000
const day = 24 * hour

export const timerChoices = ['off', 'day', 'week', 'quarter', 'own'] as const
export type TimerChoice = (typeof timerChoices)[number]
export const timerMs = { day, week: 7 * day, quarter: 90 * day } as const

/** Which choice a timer is; null is off. */
export function choiceOf(ms: number | null): TimerChoice {
  if (ms === null) return 'off'
  return ms === timerMs.day
    ? 'day'
    : ms === timerMs.week
      ? 'week'
      : ms === timerMs.quarter
        ? 'quarter'
        : 'own'
}

/** The timer as a sentence's part. */
export function timerWords(
  ms: number | null,
  t: (key: string, named: Record<string, unknown>, plural: number) => string,
): string {
  const choice = choiceOf(ms)
  if (ms === null || choice !== 'own') return t(`expiry.${choice}`, {}, 1)
  const isDays = ms % day === 0
  const n = Math.max(1, Math.round(ms / (isDays ? day : hour)))
  return t(isDays ? 'expiry.daysCount' : 'expiry.hoursCount', { n }, n)
}

/** Hours of an own timer. */
export function hoursOf(ms: number): number {
  return Math.max(1, Math.round(ms / hour))
}

export function msOfHours(hours: number): number {
  return Math.round(hours) * hour
}
