// What nobody has decided about is not given away with the project; and what is installed can be listed.
import { expect, test } from 'vitest'
import { problemsOf } from './check-licences.ts'
import { installed } from './packages.ts'

const one = (licence: string, name = 'left-pad') => problemsOf([{ name, version: '1.0.0', licence }])

test('[SEC-35] a licence that is not on the list is a problem, and so is none', () => {
  expect(one('MIT')).toEqual([])
  expect(one('(MIT OR GPL-3.0-only)')).toEqual([])
  expect(one('MPL-2.0', 'web-push')).toEqual([])
  for (const licence of ['', 'GPL-3.0-only', 'MIT AND GPL-3.0-only', 'SEE LICENSE IN FILE', 'MPL-2.0'])
    expect([licence, one(licence).length]).toEqual([licence, 1])
})

test('every package of the lockfile has a licence, a hash and its neighbours', () => {
  const all = installed()
  const paths = new Set(all.map(({ path }) => path))
  expect(all.length).toBeGreaterThan(100)
  expect(all.filter(({ licence, integrity }) => licence === '' || integrity === '')).toEqual([])
  expect(all.flatMap(({ needs }) => needs).filter((path) => !paths.has(path))).toEqual([])
  expect(all.find(({ name }) => name === 'express')?.needs).toContain('node_modules/body-parser')
})
