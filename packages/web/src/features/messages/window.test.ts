import { expect, test } from 'vitest'
import { carrySlice, sliceAround, sliceAtEnd, slideBack, slideOn, windowMax } from './window.ts'

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `id${from + at}`)

test('opens at the end', () => {
  expect(sliceAtEnd(10, 60)).toEqual({ start: 0, end: 10 })
  expect(sliceAtEnd(1_000, 60)).toEqual({ start: 940, end: 1_000 })
})

test('opens around a message without running over either end', () => {
  expect(sliceAround(500, 1_000, 60)).toEqual({ start: 470, end: 530 })
  expect(sliceAround(3, 1_000, 60)).toEqual({ start: 0, end: 60 })
  expect(sliceAround(998, 1_000, 60)).toEqual({ start: 940, end: 1_000 })
  expect(sliceAround(2, 5, 60)).toEqual({ start: 0, end: 5 })
})

test('is never longer than its limit however far one scrolls', () => {
  let slice = sliceAtEnd(10_000)
  for (let turn = 0; turn < 400; turn++) {
    slice = slideBack(slice)
    expect(slice.end - slice.start).toBeLessThanOrEqual(windowMax)
  }
  expect(slice).toEqual({ start: 0, end: windowMax })
  for (let turn = 0; turn < 400; turn++) {
    slice = slideOn(slice, 10_000)
    expect(slice.end - slice.start).toBeLessThanOrEqual(windowMax)
  }
  expect(slice).toEqual({ start: 10_000 - windowMax, end: 10_000 })
})

test('keeps its messages when a page comes before them', () => {
  const was = { drawn: ids(50, 70), isEnd: false, isFollowing: false }
  expect(carrySlice({ start: 0, end: 20 }, was, ids(0, 100))).toEqual({ start: 50, end: 70 })
})

test('grows with what arrives at the end, and lets the oldest go only while the reader follows', () => {
  const slice = { start: 0, end: windowMax }
  const was = { drawn: ids(0, windowMax), isEnd: true, isFollowing: true }
  expect(carrySlice(slice, was, ids(0, windowMax + 5))).toEqual({ start: 5, end: windowMax + 5 })
  expect(carrySlice(slice, { ...was, isFollowing: false }, ids(0, windowMax + 5))).toEqual(slice)
})

test('stays where it is when its first message goes', () => {
  const was = { drawn: ids(50, 70), isEnd: false, isFollowing: false }
  expect(carrySlice({ start: 50, end: 70 }, was, ids(51, 100))).toEqual({ start: 0, end: 20 })
})

test('has no place in a list that holds none of its messages', () => {
  const was = { drawn: ids(50, 70), isEnd: true, isFollowing: true }
  expect(carrySlice({ start: 0, end: 20 }, was, ids(900, 950))).toBeNull()
})
