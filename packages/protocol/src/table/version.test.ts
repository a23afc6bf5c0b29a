import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PRODUCT_VERSION } from './version.ts'

test('the version that people are told is the one of the packages', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect(PRODUCT_VERSION).toBe(version)
})
