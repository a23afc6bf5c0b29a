// One Tab stop for a list of links: arrows, Home and End move inside it (UI.md §5).
import type { Ref } from 'vue'

/** Put `onKeydown` on the list; `focusFirst` is for a field above it. Entries are links or buttons with `data-stop`. */
export function useRoving(list: Readonly<Ref<HTMLElement | null>>) {
  const entries = (): HTMLElement[] => [
    ...(list.value?.querySelectorAll<HTMLElement>('a, [data-stop]') ?? []),
  ]

  function onKeydown(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    // Fields among the entries keep their arrows.
    if ((event.target as HTMLElement).matches('input, select')) return
    const all = entries()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to: Record<string, HTMLElement | undefined> = {
      ArrowDown: all[at + 1],
      ArrowUp: all[at - 1],
      Home: all[0],
      End: all.at(-1),
    }
    if (!(event.key in to)) return
    event.preventDefault()
    to[event.key]?.focus()
  }

  return { onKeydown, focusFirst: () => entries()[0]?.focus() }
}
