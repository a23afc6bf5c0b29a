import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTurnstile } from './turnstile.ts'

test('few pass at once, many pass in their order, so many in each turn of the loop', async () => {
  const turnstile = createTurnstile(2)
  const entered: number[] = []
  const all = Array.from({ length: 7 }, (_, n) => turnstile.pass().then(() => entered.push(n)))
  await Promise.resolve()
  await Promise.resolve()
  expect(entered).toEqual([0, 1])
  expect(turnstile.length).toBe(5)
  for (const expected of [4, 6, 7]) {
    await nextTurn()
    expect(entered).toHaveLength(expected)
  }
  await Promise.all(all)
  expect(entered).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('who comes while others wait does not overtake them', async () => {
  const turnstile = createTurnstile(1)
  const entered: string[] = []
  const first = [turnstile.pass(), turnstile.pass(), turnstile.pass()].map((one, n) =>
    one.then(() => entered.push(`early ${n}`)),
  )
  await nextTurn()
  const late = turnstile.pass().then(() => entered.push('late'))
  await Promise.all([...first, late])
  expect(entered).toEqual(['early 0', 'early 1', 'early 2', 'late'])
})

test('after a quiet turn the first ones pass at once again', async () => {
  const turnstile = createTurnstile(1)
  await turnstile.pass()
  await nextTurn()
  await nextTurn()
  let isThrough = false
  void turnstile.pass().then(() => (isThrough = true))
  await Promise.resolve()
  await Promise.resolve()
  expect(isThrough).toBe(true)
})
