// Bytes that a link holds back for a while: each goes out as late as the link is slow at that moment, and none overtakes
// another, also when the link is quick again.
import type { Socket } from 'node:net'

/** Writes to that socket what it is given, in order. `delayMs`: how slow the link is now. */
export function inOrder(to: Socket, delayMs: () => number): (bytes: Buffer) => void {
  const waiting: { at: number; bytes: Buffer }[] = []
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    timer = undefined
    while (waiting[0] !== undefined && waiting[0].at <= Date.now()) {
      const next = waiting.shift()
      if (next !== undefined && to.writable) to.write(next.bytes)
    }
    if (waiting[0] !== undefined) timer = setTimeout(flush, waiting[0].at - Date.now())
  }

  return (bytes) => {
    const slowMs = delayMs()
    if (slowMs === 0 && waiting.length === 0) {
      if (to.writable) to.write(bytes)
      return
    }
    waiting.push({ at: Date.now() + slowMs, bytes })
    timer ??= setTimeout(flush, slowMs)
  }
}
