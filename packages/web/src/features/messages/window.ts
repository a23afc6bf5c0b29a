// Which part of a long timeline is in the DOM: a slice that slides as one scrolls. Pure; indexes only.
// The slice is at most `windowMax` long except while it follows the end under the reader's eyes.

/** Messages in the DOM at most. */
export const windowMax = 180
/** Messages by which the slice slides. */
const windowStep = 60
/** Messages drawn first: enough for the tallest screen, quick on a phone. */
const windowFirst = 60

/** `start` ≤ i < `end`. */
export interface Slice {
  readonly start: number
  readonly end: number
}

export const emptySlice: Slice = { start: 0, end: 0 }

/** The newest messages. */
export function sliceAtEnd(length: number, size = windowFirst): Slice {
  return { start: Math.max(0, length - size), end: length }
}

/** Around one message, which may then be centred. */
export function sliceAround(index: number, length: number, size = windowFirst): Slice {
  const half = Math.floor(size / 2)
  const start = Math.max(0, Math.min(index - half, length - size))
  return { start, end: Math.min(length, start + size) }
}

/** Shows older ones; lets go of the newest when it gets too long. */
export function slideBack(slice: Slice): Slice {
  const start = Math.max(0, slice.start - windowStep)
  return { start, end: Math.min(slice.end, start + windowMax) }
}

/** Shows newer ones; lets go of the oldest when it gets too long. */
export function slideOn(slice: Slice, length: number): Slice {
  const end = Math.min(length, slice.end + windowStep)
  return { start: Math.max(slice.start, end - windowMax), end }
}

/**
 * The same messages after the list has changed. `drawn`: the ids of the slice as it was, `isEnd`: whether it reached
 * the end. At the end it grows with what arrives; the oldest go when the reader `isFollowing`, else the slice stops
 * growing at `windowMax`, so that nothing moves above the reader's eyes. Null when none of them is there any more: the
 * list is another one.
 */
export function carrySlice(
  slice: Slice,
  was: { drawn: readonly string[]; isEnd: boolean; isFollowing: boolean },
  ids: readonly string[],
): Slice | null {
  const start = placeOf(was.drawn, ids)
  if (start === -1) return null
  const size = slice.end - slice.start
  if (!was.isEnd) return { start, end: Math.min(ids.length, start + size) }
  if (was.isFollowing) return { start: Math.max(start, ids.length - windowMax), end: ids.length }
  return { start, end: Math.min(ids.length, start + Math.max(size, windowMax)) }
}

/** Where the first of `drawn` that is still there is now. */
function placeOf(drawn: readonly string[], ids: readonly string[]): number {
  const first = drawn[0] === undefined ? -1 : ids.indexOf(drawn[0])
  if (first !== -1) return first
  const still = new Set(drawn)
  return ids.findIndex((id) => still.has(id))
}
