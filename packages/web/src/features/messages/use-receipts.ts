// Tells what has been read: only what was on screen before someone's eyes (REC-1 makes it cumulative).
import type { ConversationId } from '@palabre/protocol'
import { watch, type Ref } from 'vue'
import { client } from '../../client.ts'
import { useAttention } from './use-attention.ts'
import type { OpenConversation } from './use-conversation.ts'

/** `seenSeq`: the last message whose end is, or was, inside the window. */
export function useReading(open: OpenConversation, seenSeq: Readonly<Ref<number>>): void {
  const isAttentive = useAttention()
  watch(
    [seenSeq, isAttentive],
    () => {
      const readSeq = open.view.value?.conversation.me.readSeq ?? 0
      if (isAttentive.value && seenSeq.value > readSeq) {
        client.receipts.markRead(open.id as ConversationId, seenSeq.value)
      }
    },
    { immediate: true },
  )
}

/** Who has read a message of mine, who has got it, who has not. */
export function readersOf(conversationId: string, seq: number) {
  return client.messages.receipts(conversationId as ConversationId, seq)
}
