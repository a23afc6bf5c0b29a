// What a browser knows and Node does not: whether there is a network, and whether someone is looking.
import type { Signals } from '../api.ts'

/** Node and bots: always there. */
export function steadySignals(): Signals {
  return { isOnline: () => true, isVisible: () => true, subscribe: () => () => undefined }
}

/** A browser's `navigator.onLine` and page visibility. */
export function browserSignals(): Signals {
  return {
    isOnline: () => navigator.onLine,
    isVisible: () => document.visibilityState === 'visible',
    isFocused: () => document.hasFocus(),
    subscribe(listener) {
      const tell = () => listener()
      const hears: [EventTarget, string][] = [
        [window, 'online'],
        [window, 'offline'],
        [window, 'pageshow'],
        [window, 'focus'],
        [window, 'blur'],
        [document, 'visibilitychange'],
      ]
      for (const [target, event] of hears) target.addEventListener(event, tell)
      return () => {
        for (const [target, event] of hears) target.removeEventListener(event, tell)
      }
    },
  }
}
