// The title of the tab: how many wait to be read, where one is, whose house it is.
import { onScopeDispose, watchEffect } from 'vue'
import { serverName } from './server-name.ts'

/** `title` may depend on reactive state; empty leaves the name of the house alone. */
export function useTitle(title: () => string): void {
  watchEffect(() => {
    document.title = [title(), serverName].filter((part) => part !== '').join(' · ')
  })
  onScopeDispose(() => (document.title = serverName))
}
