// Who is signed in, for the router and the shell; what happens when the session ends, here or elsewhere.
import type { ErrorCode } from '@palabre/protocol'
import { computed, watch } from 'vue'
import { useRouter } from 'vue-router'
import { client, useObservable } from './client.ts'
import { safePath } from './safe-path.ts'

/** True as soon as the stored session is open, with or without a network. */
export function isSignedIn(): boolean {
  return client.me.get() !== null
}

/** Why the last session ended, if this device was signed out: the sign-in page says it. */
export function whySignedOut(): ErrorCode | null {
  const state = client.connection.get()
  return state.name === 'signedOut' ? state.because : null
}

export function useMe() {
  return useObservable(client.me)
}

/** Leads to the sign-in page when the session ends, and into the app when one begins. Used once, by `App.vue`. */
export function useSessionGate(): void {
  const router = useRouter()
  const me = useMe()
  const isIn = computed(() => me.value !== null)
  watch(isIn, (now) => {
    if (!now) void import('./features/notifications/forget-push.ts').then(({ forgetPush }) => forgetPush())
    const { meta, query } = router.currentRoute.value
    if (!now && meta.isDoor !== true) void router.replace({ name: 'sign-in' })
    // Signed in in another tab, perhaps.
    if (now && meta.isDoor === true) void router.replace(safePath(query['next']))
  })
}
