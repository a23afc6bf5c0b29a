// Signing out: ends the session and wipes what this browser kept, messages and files alike (SEC-31).
// Messages that still wait would be lost: then it asks first.
import { computed, ref } from 'vue'
import { useRouter } from 'vue-router'
import { client, useObservable } from './client.ts'
import { useErrorSentence } from './use-error-sentence.ts'
import { useShell } from './use-shell.ts'
import { wipeCaches } from './wipe-caches.ts'

export function useSignOut() {
  const router = useRouter()
  const shell = useShell()
  const { sentenceOf } = useErrorSentence()
  const waiting = useObservable(client.waiting)
  const isBusy = ref(false)
  const failure = ref('')

  async function signOutNow(): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    failure.value = ''
    try {
      await client.auth.logout()
      await wipeCaches()
      shell.isSignOutAsked = false
      shell.lastConversationId = null
      await router.replace({ name: 'sign-in' })
    } catch (error) {
      failure.value = sentenceOf(error)
      shell.isSignOutAsked = true
    } finally {
      isBusy.value = false
    }
  }

  async function signOut(): Promise<void> {
    if (waiting.value > 0) shell.isSignOutAsked = true
    else await signOutNow()
  }

  return { waiting: computed(() => waiting.value), isBusy, failure, signOut, signOutNow }
}
