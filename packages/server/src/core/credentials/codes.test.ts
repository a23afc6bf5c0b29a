import { expect, test } from 'vitest'
import { codeLetters, hashOfCode, isSameHash, makeCode, type CodeKind } from './codes.ts'

test.each(Object.keys(codeLetters) as CodeKind[])('a %s code is read however it is written', (kind) => {
  const code = makeCode(kind)
  expect(code.replaceAll('-', '')).toHaveLength(codeLetters[kind])
  expect(makeCode(kind)).not.toBe(code)
  const hash = hashOfCode(kind, code, 'alice')
  const written = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `
  expect(hashOfCode(kind, written, 'alice')).toBe(hash)
  expect(hashOfCode(kind, code, 'bob')).not.toBe(hash)
  expect(hash).not.toContain(code.slice(0, 4))
})

test('what is no code has no hash; a code of one kind is none of another', () => {
  for (const text of ['', '-', 'U'.repeat(16), 'é'.repeat(16), makeCode('reset')])
    expect(hashOfCode('recovery', text)).toBeNull()
  expect(isSameHash('a', 'a')).toBe(true)
  expect(isSameHash('a', 'ab')).toBe(false)
})
