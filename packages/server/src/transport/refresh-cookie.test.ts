import { expect, test } from 'vitest'
import { cookieOf } from './refresh-cookie.ts'

test('the one cookie of the name is read', () => {
  expect(cookieOf('a=1; palabre_refresh=x.1.y%3D; b=2', 'palabre_refresh')).toBe('x.1.y=')
  expect(cookieOf('', 'palabre_refresh')).toBeNull()
  expect(cookieOf('__Host-palabre_refresh=x', 'palabre_refresh')).toBeNull()
})

test('a doubled, empty or malformed one is none', () => {
  expect(cookieOf('palabre_refresh=a; palabre_refresh=b', 'palabre_refresh')).toBeNull()
  expect(cookieOf('palabre_refresh=', 'palabre_refresh')).toBeNull()
  expect(cookieOf('palabre_refresh=%E0%A4%A', 'palabre_refresh')).toBeNull()
})
