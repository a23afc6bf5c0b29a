// A thousand evenings with a refresh token: tabs, lost answers, thieves.
import { describe, expect, test } from 'vitest'
import { SessionId } from '@palabre/protocol'
import { isSameText, judge, parseRefresh, raceMs, refreshText } from './rotation.ts'

const now = 1_800_000_000_000
const session = (generation: number, rotatedAt: number, isConfirmed: boolean) => ({
  generation,
  rotatedAt,
  isConfirmed,
})

describe('judging a refresh token', () => {
  test('the current one rotates, whether its access token was used or not', () => {
    expect(judge(session(3, now, false), 3, now)).toBe('rotate')
    expect(judge(session(3, now - 1e9, true), 3, now)).toBe('rotate')
  })

  test('of two tabs that race, the slower one gets the same successor', () => {
    expect(judge(session(4, now, true), 3, now + raceMs)).toBe('again')
  })

  test('after an answer that was lost on the way the one before is answered again, hours later too', () => {
    expect(judge(session(4, now, false), 3, now + 9_000_000)).toBe('again')
  })

  test('a thief who comes after the owner has gone on is seen', () => {
    expect(judge(session(4, now, true), 3, now + raceMs + 1)).toBe('reused')
    expect(judge(session(5, now, false), 3, now)).toBe('reused')
  })

  test('a number that was never given out is invalid', () => {
    expect(judge(session(3, now, true), 4, now)).toBe('invalid')
  })
})

describe('the text of a refresh token', () => {
  const key = new Uint8Array(32).fill(7)
  const row = { id: SessionId.parse('01890000-0000-7000-8000-000000000001'), salt: 'salt' }

  test('reads back, and is the same whenever it is computed', () => {
    const text = refreshText(key, row, 12, 'epoch-1')
    expect(refreshText(key, row, 12, 'epoch-1')).toBe(text)
    expect(parseRefresh(text)).toMatchObject({ sessionId: row.id, n: 12, epoch: 'epoch-1' })
  })

  test('differs with its number, its session’s salt, the epoch and the key', () => {
    const texts = [
      refreshText(key, row, 1, 'e'),
      refreshText(key, row, 2, 'e'),
      refreshText(key, { ...row, salt: 'other' }, 1, 'e'),
      refreshText(key, row, 1, 'f'),
      refreshText(new Uint8Array(32).fill(8), row, 1, 'e'),
    ]
    expect(new Set(texts).size).toBe(texts.length)
    expect(isSameText(texts[0] ?? '', texts[1] ?? '')).toBe(false)
  })

  test('what is not one is not read', () => {
    const text = refreshText(key, row, 1, 'e')
    for (const bad of [
      '',
      'a.b.c.d',
      `${text}x`,
      text.slice(0, -1),
      text.replace('.1.', '.-1.'),
      `x${text}`,
    ]) {
      expect(parseRefresh(bad)).toBeNull()
    }
  })
})
