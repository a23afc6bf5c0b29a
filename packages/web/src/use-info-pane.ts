// Where there is room for it beside the conversation, the info stays open from one conversation to the next, until it is
// closed; remembered (UI.md §3). Where it takes the conversation's place, it is opened each time.
import { onScopeDispose } from 'vue'
import { useRouter } from 'vue-router'
import { useMedia } from './design/use-media.ts'
import { usePreferences } from './preferences.ts'

export function useInfoPane(): void {
  const { values } = usePreferences()
  const { isWide } = useMedia()
  const stop = useRouter().beforeEach((to, from) => {
    if (!isWide.value) return true
    if (to.name === 'info') values.isInfoOpen = true
    if (to.name !== 'conversation') return true
    const isSame = to.params['conversationId'] === from.params['conversationId']
    if (isSame && from.name === 'info') values.isInfoOpen = false
    return values.isInfoOpen ? { name: 'info', params: to.params, replace: isSame } : true
  })
  onScopeDispose(stop)
}
