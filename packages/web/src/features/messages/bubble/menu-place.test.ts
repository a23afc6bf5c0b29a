import { expect, test } from 'vitest'
import { placeMenu } from './menu-place.ts'

const room = { width: 400, height: 800 }
const size = { width: 240, bar: 50, menu: 250 }

test('reactions above and menu below when there is room for both', () => {
  const bubble = { top: 100, bottom: 140, left: 20, right: 200 }
  expect(placeMenu(bubble, size, room, false)).toEqual({ top: 42, left: 20, between: 56 })
})
test('both below at the top of the screen, both above at its bottom', () => {
  expect(placeMenu({ top: 30, bottom: 70, left: 20, right: 200 }, size, room, false)).toEqual({
    top: 78,
    left: 20,
    between: 8,
  })
  expect(placeMenu({ top: 700, bottom: 740, left: 20, right: 200 }, size, room, false).top).toBe(384)
})
test('reactions alone stand above', () => {
  const bubble = { top: 100, bottom: 140, left: 20, right: 200 }
  expect(placeMenu(bubble, { ...size, menu: 0 }, room, false).top).toBe(42)
})
test('on screen when the bubble fills it', () => {
  const bubble = { top: -500, bottom: 900, left: 20, right: 390 }
  expect(placeMenu(bubble, size, room, true)).toEqual({ top: 484, left: 150, between: 8 })
})
test('never over the side of the screen', () => {
  const bubble = { top: 100, bottom: 140, left: 300, right: 390 }
  expect(placeMenu(bubble, size, room, false).left).toBe(152)
  expect(placeMenu({ ...bubble, left: 10, right: 60 }, size, room, true).left).toBe(8)
})
