import { expect, test } from 'vitest'
import { isReserved, skeletonOf } from './usernames.ts'

test('names that look alike have one skeleton', () => {
  const alike = [
    ['alice', 'a1ice'],
    ['alice', 'al.i-c_e'],
    ['bob', 'b0b'],
    ['marn', 'mam'],
    ['vvalter', 'walter'],
    ['lili', '1i1l'],
  ] as const
  for (const [one, other] of alike) expect(skeletonOf(one)).toBe(skeletonOf(other))
  expect(skeletonOf('alice')).not.toBe(skeletonOf('alicia'))
})

test('names that speak for the server are reserved, disguised too', () => {
  for (const name of ['admin', 'adm1n', 'a.d.m.i.n', 'palabre', 'supp0rt', 'rnoderator', 'postmaster']) {
    expect(isReserved(name)).toBe(true)
  }
  for (const name of ['alice', 'administrata', 'palabreur', 'ellen.fitz'])
    expect(isReserved(name)).toBe(false)
})
