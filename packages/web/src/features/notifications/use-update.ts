// A new version of the app: fetched beside the old one, and taken when the person says so, or when no page is open any
// more. Drafts are put away before the page is loaded again, so that nothing that was written is lost.
import { onScopeDispose, readonly, ref } from 'vue'

const lookEveryMs = 60 * 60_000
/** The new worker takes over within a moment; a reload finds it either way. */
const takeOverMs = 3_000
const waiting = ref<ServiceWorker | null>(null)

/** `offer` is called when a new version is ready. */
export function useUpdate(offer?: () => void) {
  let stop: () => void = () => undefined

  function found(registration: ServiceWorkerRegistration): void {
    // Without a controller this is the first version that there is.
    if (registration.waiting === null || navigator.serviceWorker.controller === null) return
    if (waiting.value === registration.waiting) return
    waiting.value = registration.waiting
    offer?.()
  }

  async function follow(): Promise<void> {
    const registration = await navigator.serviceWorker?.getRegistration()
    if (registration === undefined) return
    const installing = () => {
      const worker = registration.installing
      worker?.addEventListener('statechange', () => found(registration))
    }
    const look = () => void registration.update().catch(() => undefined)
    const timer = setInterval(look, lookEveryMs)
    registration.addEventListener('updatefound', installing)
    stop = () => {
      clearInterval(timer)
      registration.removeEventListener('updatefound', installing)
    }
    installing()
    found(registration)
  }

  async function update(): Promise<void> {
    const { value: worker } = waiting
    // What is being written is kept as it is when a page goes (`use-composer.ts`).
    window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false }))
    if (worker !== null) {
      const taken = new Promise<void>((done) => {
        navigator.serviceWorker.addEventListener('controllerchange', () => done(), { once: true })
        setTimeout(done, takeOverMs)
      })
      worker.postMessage({ name: 'takeOver' })
      await taken
    }
    location.reload()
  }

  if (offer !== undefined) void follow().catch(() => undefined)
  onScopeDispose(() => stop())
  return { isReady: readonly(waiting), update }
}
