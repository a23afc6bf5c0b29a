// Registers the service worker through our own Trusted Types policy: its address is the only script URL made by hand.
import { wipeCaches } from './wipe-caches.ts'

interface ScriptUrlPolicy {
  createScriptURL(url: string): string
}
interface TrustedTypesFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptUrlPolicy
}
const scriptPath = '/service-worker.js'

/** Does nothing in development and where service workers do not exist (plain http). */
export function registerServiceWorker(): void {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypesFactory }
  const policy = trustedTypes?.createPolicy('palabre', { createScriptURL: onlyOurs })
  const url = policy?.createScriptURL(scriptPath) ?? scriptPath
  // Without it the app works, only not from a cold start without a network.
  navigator.serviceWorker.register(url, { scope: '/' }).catch(() => wipeCaches())
}

function onlyOurs(url: string): string {
  if (url !== scriptPath) throw new TypeError('only the service worker has a script URL')
  return url
}
