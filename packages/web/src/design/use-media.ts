// The two widths at which the layout changes (UI.md §3), as refs that all components share.
import { readonly, ref, type Ref } from 'vue'

function matches(query: string): Readonly<Ref<boolean>> {
  const list = matchMedia(query)
  const value = ref(list.matches)
  list.addEventListener('change', () => (value.value = list.matches))
  return readonly(value)
}

const isPhone = matches('(max-width: 44.99rem)')
const isWide = matches('(min-width: 75rem)')

/** `isPhone`: one pane at a time. `isWide`: room for the info beside the conversation. */
export function useMedia() {
  return { isPhone, isWide }
}
