import { expect, test } from 'vitest'
import { areBytesTooDeep, isTooDeep } from './depth.ts'

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

test('[SEC-12] 32 levels pass, 33 are refused', () => {
  expect(isTooDeep(nested(32), 32)).toBe(false)
  expect(isTooDeep(nested(33), 32)).toBe(true)
  expect(areBytesTooDeep(Buffer.from(nested(32)), 32)).toBe(false)
  expect(areBytesTooDeep(Buffer.from(nested(33)), 32)).toBe(true)
})

test('[SEC-12] siblings are not depth, and brackets in strings are text', () => {
  expect(isTooDeep(`[${'{},'.repeat(1_000)}[]]`, 2)).toBe(false)
  expect(isTooDeep(JSON.stringify({ text: '[{['.repeat(50) }), 1)).toBe(false)
  expect(isTooDeep(JSON.stringify({ text: '"\\"[[[' }), 1)).toBe(false)
  expect(areBytesTooDeep(Buffer.from(JSON.stringify({ text: 'é"[[[\u{1F600}' })), 1)).toBe(false)
})

test('[SEC-12] 60,000 brackets are refused without recursion', () => {
  expect(isTooDeep('['.repeat(60_000), 32)).toBe(true)
})
