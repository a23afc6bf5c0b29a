// Files dragged over the conversation: whether some are there, and taking them when they are let go.
import { ref } from 'vue'

export function useDrop(take: (files: File[]) => void) {
  const isOver = ref(false)
  /** Entering a child comes before leaving its parent. */
  let depth = 0

  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true

  return {
    isOver,
    enter(event: DragEvent): void {
      if (!hasFiles(event)) return
      depth++
      isOver.value = true
    },
    over(event: DragEvent): void {
      if (hasFiles(event)) event.preventDefault()
    },
    leave(): void {
      depth = Math.max(0, depth - 1)
      if (depth === 0) isOver.value = false
    },
    drop(event: DragEvent): void {
      depth = 0
      isOver.value = false
      if (!hasFiles(event)) return
      event.preventDefault()
      take([...(event.dataTransfer?.files ?? [])])
    },
  }
}
