// Whether this app can be put among the device's apps, and how: by a press where the browser lets it, else by its menu.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { installPrompt } from '../../install-prompt.ts'

export type InstallWay = 'installed' | 'prompt' | 'apple' | 'other'

/** iPads say that they are Macs, with a touch screen. */
export const isApple =
  /iPhone|iPad|iPod/.test(navigator.userAgent) ||
  (navigator.userAgent.includes('Macintosh') && navigator.maxTouchPoints > 1)

export function useInstall() {
  const offer = shallowRef(installPrompt.get())
  const standalone = matchMedia('(display-mode: standalone)')
  const isStandalone = ref(standalone.matches)
  const look = () => (isStandalone.value = standalone.matches)
  standalone.addEventListener('change', look)
  const stop = installPrompt.subscribe(() => (offer.value = installPrompt.get()))
  onScopeDispose(() => {
    stop()
    standalone.removeEventListener('change', look)
  })

  const way = computed<InstallWay>(() => {
    if (isStandalone.value) return 'installed'
    if (offer.value !== null) return 'prompt'
    return isApple ? 'apple' : 'other'
  })

  async function install(): Promise<void> {
    const held = offer.value
    if (held === null) return
    await held.prompt()
    installPrompt.used()
  }

  return { way, install }
}
