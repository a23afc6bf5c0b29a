// That an answer costs the same whoever asks: counted in hashes, not in time.
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { beforeEach, expect, test, vi } from 'vitest'
import { hashPassword, isOutdated, isPassword } from './passwords.ts'

vi.mock('@node-rs/argon2', { spy: true })

beforeEach(() => vi.clearAllMocks())

/** What was compared last: the settings of its hash decide what that cost. */
const compared = () => {
  const [known = ''] = vi.mocked(verify).mock.lastCall ?? []
  return parseOptions(known.toString())
}

test('[SEC-2] an unknown name costs what a wrong password costs: one comparison with a hash of today’s settings', async () => {
  const known = await hashPassword('the right phrase', 'full')
  // Nobody's hash is made once; from then on nothing tells the two apart.
  await isPassword('a first guess', null, 'full')
  vi.clearAllMocks()
  expect(await isPassword('the wrong phrase', known, 'full')).toBe(false)
  const settings = compared()
  expect(await isPassword('the wrong phrase', null, 'full')).toBe(false)
  expect(compared()).toEqual(settings)
  expect(verify).toHaveBeenCalledTimes(2)
  expect(hash).not.toHaveBeenCalled()
  expect(await isPassword('the right phrase', known, 'full')).toBe(true)
})

test('[SEC-2] no password is the one of nobody’s hash', async () => {
  for (const guess of ['', 'null', 'undefined']) expect(await isPassword(guess, null, 'full')).toBe(false)
})

test('a hash of today’s settings is not outdated, a cheaper one is', async () => {
  expect(isOutdated(await hashPassword('a phrase', 'full'), 'full')).toBe(false)
  expect(isOutdated(await hash('a phrase', { memoryCost: 8_192, timeCost: 1, parallelism: 1 }), 'full')).toBe(
    true,
  )
})
