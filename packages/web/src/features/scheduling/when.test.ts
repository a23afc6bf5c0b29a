// What moments one is offered, at any hour of the week.
import { expect, test } from 'vitest'
import { fieldOf, momentsAt, timeOf } from './when.ts'

const at = (field: string): number => timeOf(field) ?? 0

test('each offered moment is to come, and at another time than the others', () => {
  const start = at('2026-11-23T00:00')
  for (let hours = 0; hours < 24 * 14; hours++) {
    const now = start + hours * 3_600_000
    const offered = Object.values(momentsAt(now)).filter((moment) => moment !== null)
    expect(offered.every((moment) => moment > now)).toBe(true)
    expect(new Set(offered).size).toBe(offered.length)
  }
})

test('the evening is of today, Monday is never today, and on Sunday it is tomorrow', () => {
  expect(momentsAt(at('2026-11-23T09:00'))).toEqual({
    hour: at('2026-11-23T10:00'),
    evening: at('2026-11-23T18:00'),
    tomorrow: at('2026-11-24T08:00'),
    monday: at('2026-11-30T08:00'),
  })
  expect(momentsAt(at('2026-11-29T19:00'))).toMatchObject({ evening: null, monday: null })
})

test('a field holds a local time to the minute', () => {
  expect(fieldOf(at('2026-11-23T09:05'))).toBe('2026-11-23T09:05')
  expect(timeOf('')).toBeNull()
})
