// A picture under a round window: moved and enlarged by fingers, mouse and keys, never so far that the window is not
// full; then the square of it that shows, drawn.
import { computed, onScopeDispose, ref } from 'vue'

/** Pixels of the photo that is sent; the server makes its own sizes of it. */
const side = 640
const quality = 0.9
const most = 4
const step = 12

export function useCrop(file: File, windowSide: () => number) {
  const url = URL.createObjectURL(file)
  const zoom = ref(1)
  const centre = ref({ x: 0.5, y: 0.5 })
  const size = ref<{ width: number; height: number } | null>(null)
  const hasFailed = ref(false)
  let bitmap: ImageBitmap | null = null
  let isOver = false

  createImageBitmap(file).then(
    (made) => {
      if (isOver) return made.close()
      bitmap = made
      size.value = { width: made.width, height: made.height }
    },
    () => (hasFailed.value = true),
  )
  onScopeDispose(() => {
    isOver = true
    bitmap?.close()
    URL.revokeObjectURL(url)
  })

  /** Pixels of the picture that the window is wide and high. */
  const seen = computed(() =>
    size.value === null ? 1 : Math.min(size.value.width, size.value.height) / zoom.value,
  )

  function place(x: number, y: number): void {
    if (size.value === null) return
    const { width, height } = size.value
    const [halfX, halfY] = [seen.value / width / 2, seen.value / height / 2]
    centre.value = {
      x: Math.min(1 - halfX, Math.max(halfX, x)),
      y: Math.min(1 - halfY, Math.max(halfY, y)),
    }
  }

  return {
    url,
    zoom,
    most,
    hasFailed,
    isReady: computed(() => size.value !== null),
    style: computed(() => {
      if (size.value === null) return {}
      const by = windowSide() / seen.value
      const { width, height } = size.value
      return {
        inlineSize: `${width * by}px`,
        blockSize: `${height * by}px`,
        transform: `translate(${windowSide() / 2 - centre.value.x * width * by}px, ${windowSide() / 2 - centre.value.y * height * by}px)`,
      }
    }),
    setZoom(value: number): void {
      zoom.value = Math.min(most, Math.max(1, value))
      place(centre.value.x, centre.value.y)
    },
    /** By so many pixels of the screen. */
    move(x: number, y: number): void {
      if (size.value === null) return
      const by = seen.value / windowSide()
      place(centre.value.x - (x * by) / size.value.width, centre.value.y - (y * by) / size.value.height)
    },
    step,
    async cut(): Promise<Blob | null> {
      if (bitmap === null || size.value === null) return null
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = side
      const from = {
        x: centre.value.x * size.value.width - seen.value / 2,
        y: centre.value.y * size.value.height - seen.value / 2,
      }
      canvas.getContext('2d')?.drawImage(bitmap, from.x, from.y, seen.value, seen.value, 0, 0, side, side)
      return await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality))
    },
  }
}
