import { expect, test } from 'vitest'
import { isVisible } from './visibility.ts'

const now = 1_000
const at = (seq: number, expiresAt: number | null = null) => ({ seq, expiresAt, deletedAt: null })

test('[SYNC-8] a member sees what came with their joining and after, and nothing before', () => {
  expect(isVisible({ joinedSeq: 5 }, at(4), now)).toBe(false)
  expect(isVisible({ joinedSeq: 5 }, at(5), now)).toBe(true)
  expect(isVisible({ joinedSeq: 5 }, at(6), now)).toBe(true)
})

test('[DIS-2] what has expired is seen by nobody', () => {
  expect(isVisible({ joinedSeq: 1 }, at(2, now), now)).toBe(false)
  expect(isVisible({ joinedSeq: 1 }, at(2, now + 1), now)).toBe(true)
})
