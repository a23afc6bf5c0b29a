// What this browser knows of its network and of the eyes on the page, for the engine's back-off and presence.
import type { Signals } from '@palabre/client'

export function browserSignals(): Signals {
  return {
    isOnline: () => navigator.onLine,
    isVisible: () => document.visibilityState === 'visible',
    subscribe(listener) {
      addEventListener('online', listener)
      addEventListener('offline', listener)
      document.addEventListener('visibilitychange', listener)
      // A page that comes back from the back-forward cache has missed all of them.
      addEventListener('pageshow', listener)
      return () => {
        removeEventListener('online', listener)
        removeEventListener('offline', listener)
        document.removeEventListener('visibilitychange', listener)
        removeEventListener('pageshow', listener)
      }
    },
  }
}
