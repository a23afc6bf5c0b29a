// Proves observable.ts: one notice however many changes, and none without a change.
import { expect, test } from 'vitest'
import { createDerived, createSource, derive } from './observable.ts'

test('a listener hears once of many changes, and of the last value', async () => {
  const source = createSource(1)
  const heard: number[] = []
  const stop = source.subscribe((value) => heard.push(value))
  source.set(2)
  source.set(3)
  expect(heard).toEqual([])
  await Promise.resolve()
  expect(heard).toEqual([3])
  source.set(4)
  source.set(3)
  await Promise.resolve()
  expect(heard).toEqual([3])
  stop()
  source.set(5)
  await Promise.resolve()
  expect(heard).toEqual([3])
})

test('a derived value is computed when someone looks, and the same object until it changes', async () => {
  let computed = 0
  const used: boolean[] = []
  const derived = createDerived(
    () => ({ n: ++computed }),
    (isUsed) => used.push(isUsed),
  )
  expect(derived.get()).toBe(derived.get())
  expect(computed).toBe(1)
  const stop = derived.subscribe(() => undefined)
  derived.invalidate()
  derived.invalidate()
  await Promise.resolve()
  expect(derived.get()).toEqual({ n: 2 })
  stop()
  expect(used).toEqual([true, false])
})

test('a value that follows another one is told only when it differs', async () => {
  const source = createSource(1)
  const isEven = derive(source, (value) => value % 2 === 0)
  const heard: boolean[] = []
  isEven.subscribe((value) => heard.push(value))
  source.set(3)
  await Promise.resolve()
  source.set(4)
  await Promise.resolve()
  expect(heard).toEqual([true])
  expect(isEven.get()).toBe(true)
})
