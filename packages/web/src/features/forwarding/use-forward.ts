// Choosing up to five conversations and sending messages on to them: durable in the outbox when it is done.
import { limits, mayDo, PalabreError, type ConversationId, type MessageId } from '@palabre/protocol'
import { computed, ref, shallowRef } from 'vue'
import { client, useObservable } from '../../client.ts'
import { isFoundIn } from '../conversations/find-text.ts'

const shownAtMost = 50

export function useForward(from: string, messageIds: () => readonly string[]) {
  const list = useObservable(client.conversations.list)
  const query = ref('')
  const chosen = shallowRef<readonly string[]>([])
  const isBusy = ref(false)
  const failure = ref<unknown>(null)
  const isGone = computed(
    () => failure.value instanceof PalabreError && failure.value.code === 'MESSAGE_NOT_FOUND',
  )

  const found = computed(() =>
    list.value.conversations
      .filter(({ conversation }) => mayDo(conversation, conversation.me.role, 'send'))
      .filter((view) => isFoundIn(query.value.trim(), view.title, view.other?.username ?? ''))
      .slice(0, shownAtMost),
  )
  const isFull = computed(() => chosen.value.length >= limits.forwardTargets)

  function toggle(id: string): void {
    if (chosen.value.includes(id)) chosen.value = chosen.value.filter((one) => one !== id)
    else if (!isFull.value) chosen.value = [...chosen.value, id]
  }

  async function send(): Promise<boolean> {
    if (chosen.value.length === 0) return false
    isBusy.value = true
    failure.value = null
    try {
      await client.messages.forward(
        from as ConversationId,
        messageIds() as MessageId[],
        chosen.value as ConversationId[],
      )
      return true
    } catch (error) {
      failure.value = error
      return false
    } finally {
      isBusy.value = false
    }
  }

  return { query, found, chosen, isFull, isBusy, failure, isGone, toggle, send }
}
