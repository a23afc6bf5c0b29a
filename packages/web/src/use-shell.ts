// What only the interface knows of the whole page: what a key has brought, the filter of the list, how to go up.
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { useRouter, type RouteLocationRaw } from 'vue-router'

export type ListFilter = 'all' | 'unread' | 'groups' | 'archived' | 'requests'

export const useShell = defineStore('shell', () => {
  /** What lies over everything because a key asked for it. */
  const asked = ref<'switcher' | 'shortcuts' | null>(null)
  /** Signing out would lose messages that wait: the question is open. */
  const isSignOutAsked = ref(false)
  const filter = ref<ListFilter>('all')
  /** The conversation that was open last: its row gets the focus back. */
  const lastConversationId = ref<string | null>(null)
  return { asked, isSignOutAsked, filter, lastConversationId }
})

/**
 * Goes up to a parent view: back in the history when one came from there, else in its place,
 * so that the browser's own back never walks in circles.
 */
export function useUp() {
  const router = useRouter()
  return function up(parent: RouteLocationRaw): void {
    const path = router.resolve(parent).fullPath
    const state = history.state as { back?: unknown } | null
    if (state?.back === path) router.back()
    else void router.replace(path)
  }
}
