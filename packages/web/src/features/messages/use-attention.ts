// Whether someone looks at this page: it is visible and its window has the focus.
// Only then is a message read; a page behind another window reads nothing.
import { onScopeDispose, readonly, ref, type Ref } from 'vue'

export function useAttention(): Readonly<Ref<boolean>> {
  const look = () => document.visibilityState === 'visible' && document.hasFocus()
  const isAttentive = ref(look())
  const update = () => {
    isAttentive.value = look()
  }
  document.addEventListener('visibilitychange', update)
  window.addEventListener('focus', update)
  window.addEventListener('blur', update)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', update)
    window.removeEventListener('focus', update)
    window.removeEventListener('blur', update)
  })
  return readonly(isAttentive)
}
