// What an invite link leads to, coming in by it, and waiting to be let in (LINK-2, LINK-3).
import type { ConversationId, Output } from '@palabre/protocol'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { useRouter } from 'vue-router'
import { client } from '../../client.ts'
import { useErrorSentence } from '../../use-error-sentence.ts'

export function useJoin(code: () => string) {
  const router = useRouter()
  const errors = useErrorSentence()
  const group = shallowRef<Output<'lookAtLink'> | null>(null)
  const isBusy = ref(false)
  const isWaiting = ref(false)
  const error = ref('')
  let stop: (() => void) | null = null
  onScopeDispose(() => stop?.())

  function enter(conversationId: ConversationId): void {
    void router.replace({ name: 'conversation', params: { conversationId } })
  }

  /** Goes in as soon as an admin has said yes. */
  function wait(conversationId: ConversationId): void {
    isWaiting.value = true
    stop ??= client.conversations.one(conversationId).subscribe((view) => {
      if (view !== null) enter(conversationId)
    })
  }

  async function join(): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    error.value = ''
    try {
      const { conversationId, isAsking } = await client.groups.join(code())
      if (isAsking) wait(conversationId)
      else enter(conversationId)
    } catch (reason) {
      error.value = errors.sentenceOf(reason)
    } finally {
      isBusy.value = false
    }
  }

  async function look(): Promise<void> {
    error.value = ''
    try {
      group.value = await client.groups.look(code())
      // Whom it concerns is told only to who asks again: it is the same request.
      if (group.value.isAsking) await join()
    } catch (reason) {
      error.value = errors.sentenceOf(reason)
    }
  }

  return { group, isBusy, isWaiting, error, look, join, enter }
}
