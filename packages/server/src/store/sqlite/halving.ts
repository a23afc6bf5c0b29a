// Finds a place among numbers that are in order, in as many looks as the distance from the end has digits.

/**
 * The lowest number from `low` to `high` for which `isReached` holds; `high + 1` if there is none.
 * `isReached` must hold for all numbers above one for which it holds. Looks near the end first, where most
 * of what is asked for lies.
 */
export function lowest(low: number, high: number, isReached: (at: number) => boolean): number {
  let above = high + 1
  let below = low
  for (let step = 1; above - step >= low; step *= 2) {
    const at = above - step
    if (!isReached(at)) {
      below = at + 1
      break
    }
    above = at
  }
  while (below < above) {
    const middle = Math.floor((below + above) / 2)
    if (isReached(middle)) above = middle
    else below = middle + 1
  }
  return below
}
