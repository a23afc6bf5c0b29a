// Where the reactions and the menu go beside a bubble: reactions above and menu below when there is room for both,
// else the two together below, above, or wherever they fit on screen. Pure; pixels.

/** Between the bubble and what stands beside it, and between that and the edge of the screen. */
const gap = 8

export interface MenuPlace {
  readonly top: number
  readonly left: number
  /** Between the reactions and the menu: the bubble stands there when they are apart. */
  readonly between: number
}

export interface Box {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/**
 * `bar` and `menu` are heights, 0 for what is not shown; `isEnd`: aligned with the bubble's right edge, for
 * bubbles that stand on that side.
 */
export function placeMenu(
  bubble: Box,
  size: { width: number; bar: number; menu: number },
  room: { width: number; height: number },
  isEnd: boolean,
): MenuPlace {
  const wanted = isEnd ? bubble.right - size.width : bubble.left
  const left = Math.max(gap, Math.min(wanted, room.width - gap - size.width))
  const barTop = bubble.top - gap - size.bar
  const isApart =
    size.bar > 0 && size.menu > 0 && barTop >= gap && bubble.bottom + gap + size.menu + gap <= room.height
  if (isApart) return { top: barTop, left, between: bubble.bottom - bubble.top + 2 * gap }

  const height = size.bar + size.menu + (size.bar > 0 && size.menu > 0 ? gap : 0)
  const below = bubble.bottom + gap
  const above = bubble.top - gap - height
  // Reactions alone belong above.
  const isAbove = above >= gap && (size.menu === 0 || below + height + gap > room.height)
  const top = isAbove ? above : Math.max(gap, Math.min(below, room.height - gap - height))
  return { top, left, between: gap }
}
