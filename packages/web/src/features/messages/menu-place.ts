// Where a menu goes beside its bubble: below, else above, else wherever it fits on screen. Pure; pixels.

/** Between the bubble and the menu, and between the menu and the edge of the screen. */
const gap = 8

export interface MenuPlace {
  readonly top: number
  readonly left: number
  readonly isAbove: boolean
}

/** `isEnd`: aligned with the bubble's right edge, for bubbles that stand on that side. */
export function placeMenu(
  bubble: { top: number; bottom: number; left: number; right: number },
  menu: { width: number; height: number },
  room: { width: number; height: number },
  isEnd: boolean,
): MenuPlace {
  const below = bubble.bottom + gap
  const above = bubble.top - gap - menu.height
  const isAbove = below + menu.height + gap > room.height && above >= gap
  const top = isAbove ? above : Math.max(gap, Math.min(below, room.height - gap - menu.height))
  const wanted = isEnd ? bubble.right - menu.width : bubble.left
  const left = Math.max(gap, Math.min(wanted, room.width - gap - menu.width))
  return { top, left, isAbove }
}
