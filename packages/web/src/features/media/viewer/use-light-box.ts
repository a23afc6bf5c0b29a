// The pictures of a conversation in order, and which of them is shown large. Those of the timeline at once, pending
// ones too; older ones when one comes to the first.
import type { ConversationId } from '@palabre/protocol'
import { computed, ref, shallowRef, watch } from 'vue'
import { client, useObservable } from '../../../client.ts'
import type { ShownMessage } from '../../messages/use-conversation.ts'
import { mediaOf } from '../media-of.ts'

function isPicture({ message }: ShownMessage): boolean {
  return (message.kind === 'image' || message.kind === 'video') && mediaOf(message) !== null
}

export function useLightBox(conversationId: string, opened: () => string) {
  const id = conversationId as ConversationId
  const timeline = useObservable(client.messages.timeline(id))
  const older = shallowRef<readonly ShownMessage[]>([])
  const shownId = ref(opened())
  watch(opened, (next) => (shownId.value = next))
  let hasMore = true
  let isLoading = false

  const pictures = computed(() => {
    const near = timeline.value.messages.filter(isPicture)
    const ids = new Set(near.map((shown) => shown.message.id))
    return [...older.value.filter((shown) => !ids.has(shown.message.id)), ...near].sort(
      (a, b) => (a.isPending ? Infinity : a.message.seq) - (b.isPending ? Infinity : b.message.seq) || 0,
    )
  })
  const index = computed(() => pictures.value.findIndex((shown) => shown.message.id === shownId.value))
  const shown = computed(() => pictures.value[index.value] ?? null)

  async function more(): Promise<void> {
    if (isLoading || !hasMore) return
    isLoading = true
    try {
      const before = pictures.value[0]?.message.seq
      const page = await client.media.list(id, 'shown', before === 0 ? undefined : before)
      hasMore = page.hasMore
      const me = client.me.get()?.id
      const found = page.messages.map((message): ShownMessage => ({
        message,
        isMine: message.senderId === me,
        state: null,
        isPending: false,
        error: null,
        isChanging: false,
      }))
      older.value = [...found, ...older.value]
    } catch {
      // Not now: the next step back asks again.
    } finally {
      isLoading = false
    }
  }

  watch(index, (at) => at <= 0 && void more(), { immediate: true })

  return {
    pictures,
    index,
    shown,
    /** -1: the older one; 1: the newer one. */
    step(by: -1 | 1): void {
      const next = pictures.value[index.value + by]
      if (next) shownId.value = next.message.id
    },
    show: (messageId: string) => (shownId.value = messageId),
  }
}
