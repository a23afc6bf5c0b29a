// Where commits are made, second by second.
import { expect, test } from 'vitest'
import { createPlaces, type Place } from './place.ts'

/** Lets `seconds` go by with so many commits each; answers where they were made, without repeats. */
function story() {
  const places = createPlaces()
  let now = 0
  function passes(seconds: number, perSecond: number, commitMs: number, operations = 1): Place[] {
    const seen: Place[] = []
    for (let count = 0; count < seconds * perSecond; count++) {
      now += 1_000 / perSecond
      const place = places.next(operations)
      places.done(place, operations, commitMs, now)
      if (seen.at(-1) !== place) seen.push(place)
    }
    return seen
  }
  return { passes, next: (operations = 1) => places.next(operations) }
}

test('quick and calm: here, after it has been seen to be so', () => {
  const { passes, next } = story()
  expect(next()).toBe('thread')
  passes(3, 100, 0.2)
  expect(next()).toBe('here')
})

test('a slow disk never comes here', () => {
  const { passes } = story()
  expect(passes(60, 20, 5)).toEqual(['thread'])
})

test('much to write goes to the thread, and comes back', () => {
  const { passes, next } = story()
  passes(3, 400, 0.2)
  expect(next()).toBe('here')
  passes(3, 2_000, 0.2)
  expect(next()).toBe('thread')
  passes(3, 400, 0.2)
  expect(next()).toBe('here')
  expect(next(50)).toBe('thread')
})

test('what was quick in the thread and is not here goes back there, and stays for a while', () => {
  const { passes, next } = story()
  passes(2, 200, 1.8)
  expect(next()).toBe('here')
  passes(2, 200, 1.8)
  expect(next()).toBe('thread')
  passes(5, 200, 1.8)
  expect(next()).toBe('thread')
})

test('commits never take more than half of the time', () => {
  const { passes, next } = story()
  passes(3, 1_000, 0.4)
  expect(next()).toBe('here')
  passes(2, 1_000, 0.6)
  expect(next()).toBe('thread')
})

test('one commit that takes long: the thread for a while', () => {
  const { passes, next } = story()
  passes(3, 100, 0.2)
  passes(1, 1, 50)
  expect(next()).toBe('thread')
  passes(5, 100, 0.2)
  expect(next()).toBe('thread')
  passes(7, 100, 0.2)
  expect(next()).toBe('here')
})

test('now and then the thread takes a turn, however long that takes', () => {
  const { passes, next } = story()
  passes(3, 500, 0.2)
  expect(passes(6, 500, 0.2)).toEqual(['here', 'thread', 'here', 'thread', 'here'])
  expect(next()).toBe('here')
})
