// Addresses that try to leave the app.
import { expect, test } from 'vitest'
import { safePath } from './safe-path.ts'

test.each([
  '//evil.example',
  '/\\evil.example',
  'https:evil.example',
  'javascript:alert(1)',
  undefined,
  ['/c'],
])('%s leads home, nowhere else', (next) => {
  expect(safePath(next)).toBe('/')
})

test('a path of ours is kept, with its query', () => {
  expect(safePath('/c/0198?at=3')).toBe('/c/0198?at=3')
})
