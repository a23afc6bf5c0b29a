// One short sentence at a time, under the header. Never for an error that needs an act: those stand where they happened.
import { readonly, ref } from 'vue'

export interface Toast {
  id: number
  text: string
  act: { label: string; run: () => void } | null
}

/** Milliseconds that a sentence stays; longer when there is something to press. It stays under pointer or focus. */
const shownMs = { plain: 5_000, withAct: 10_000 }
const current = ref<Toast | null>(null)
let count = 0
let timer: ReturnType<typeof setTimeout> | undefined

function schedule(): void {
  clearTimeout(timer)
  if (current.value === null) return
  timer = setTimeout(dismiss, current.value.act === null ? shownMs.plain : shownMs.withAct)
}

function show(text: string, act: Toast['act'] = null): void {
  count += 1
  current.value = { id: count, text, act }
  schedule()
}

function dismiss(): void {
  clearTimeout(timer)
  current.value = null
}

/** `show(text, { label, run }?)` replaces what is shown; `hold()` and `release()` are the toast's own. */
export function useToast() {
  return { current: readonly(current), show, dismiss, hold: () => clearTimeout(timer), release: schedule }
}
