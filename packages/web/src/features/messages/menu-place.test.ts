import { expect, test } from 'vitest'
import { placeMenu } from './menu-place.ts'

const room = { width: 400, height: 800 }
const menu = { width: 240, height: 300 }

test('below the bubble when there is room', () => {
  const bubble = { top: 100, bottom: 140, left: 20, right: 200 }
  expect(placeMenu(bubble, menu, room, false)).toEqual({ top: 148, left: 20, isAbove: false })
})
test('above when there is none below', () => {
  const bubble = { top: 700, bottom: 740, left: 20, right: 200 }
  expect(placeMenu(bubble, menu, room, false)).toEqual({ top: 392, left: 20, isAbove: true })
})
test('on screen when the bubble fills it', () => {
  const bubble = { top: -500, bottom: 900, left: 20, right: 390 }
  expect(placeMenu(bubble, menu, room, true)).toEqual({ top: 492, left: 150, isAbove: false })
})
test('never over the side of the screen', () => {
  const bubble = { top: 100, bottom: 140, left: 300, right: 390 }
  expect(placeMenu(bubble, menu, room, false).left).toBe(152)
  expect(placeMenu({ ...bubble, left: 10, right: 60 }, menu, room, true).left).toBe(8)
})
